"""The figure of the verdict: how much the quantity changes per doubling of size, against the margin."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.panels import label_outer, legend_columns, message, note_letters, panels, rightmost, wrapped
from spectra.report.style import ALONE, INK, MUTED, style
from spectra.report.titles import column_title, entry_title
from spectra.report.words import number, percent, signed

BAND, POINTWISE, MARGIN = "#b9c0cf", ALONE, "#d9eadf"
WORD = 0.12  # share of the height that the verdict takes above the data
TOUCH = 0.085  # share of the height below which two labels touch
_PERCENTS = (-90, -80, -70, -60, -50, -40, -30, -20, -10, -5, -2, 0, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def trends(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Slope of log(quantity) in log2(size) at every step: interval, simultaneous band, margin zone.

    Args:
        table: case, quantity and index (one), step, slope, low, high (interval), band_low, band_high (for all steps at
            once), margin (largest slope that is allowed), level, band_level (of interval and band), verdict.
        scale: Column that grows.
        sizes: Not used: the slope is over all sizes.
    """
    del sizes
    if table.empty:
        return message("The size trend could not be fitted in any case.")
    same, cases = table["margin"].nunique() == 1, list(dict.fromkeys(table["case"]))
    verdicts = table.drop_duplicates("case").set_index("case")["verdict"]
    words = {case: wrapped(verdicts[case], note_letters(len(cases))) for case in cases}
    with style():
        figure, axes = panels(cases, height=2.5)
        for case, (panel, *_) in axes.items():
            _draw(panel, table[table["case"] == case], same=same)
            _name(panel, words[case])
        first = next(iter(axes.values()))[0]
        ticks.steps(first, table["step"].tolist())
        named = entry_title(str(table["quantity"].iloc[0]), int(table["index"].iloc[0]))
        label_outer(
            figure, axes, x="step (updates made)", y=f"change of log {named}\nper doubling of {column_title(scale)}"
        )
        low, high = first.get_ylim()
        first.set_ylim(low, high + WORD * (1 + max(word.count("\n") for word in words.values())) * (high - low))
        for panel, *_ in axes.values():
            if rightmost(panel):
                _add_percent(panel)
        handles, labels = first.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=legend_columns(figure, 2.3), columnspacing=1.4)
    return figure


def _add_percent(panel: Axes) -> None:
    # The same axis for those who think in percent: exp(change) - 1.
    low, high = panel.get_ylim()
    twin = panel.secondary_yaxis("right")
    marks = [mark for mark in _PERCENTS if low <= math.log1p(mark / 100) <= high]
    near = _apart([mark for mark in marks if abs(mark) >= max(map(abs, marks)) / 5 or mark == 0], high - low)
    twin.set_yticks([math.log1p(mark / 100) for mark in near], [f"{signed(mark)} %" for mark in near])
    twin.spines["right"].set_visible(False)
    twin.tick_params(length=0, labelcolor=MUTED, labelsize=7.5)


def _apart(marks: list[int], height: float) -> list[int]:
    """Those of some percentages whose labels do not touch, from zero outwards."""
    kept: list[int] = []
    for mark in sorted(marks, key=abs):
        place = math.log1p(mark / 100)
        if all(abs(place - math.log1p(other / 100)) > TOUCH * height for other in kept):
            kept.append(mark)
    return sorted(kept)


def _draw(panel: Axes, rows: DataFrame, *, same: bool) -> None:
    pointwise, band = (f"{number(100 * rows[name].iloc[0])} %" for name in ("level", "band_level"))
    bound = float(rows["margin"].iloc[0])
    # One legend cannot name margins that differ between panels.
    named = f"margin ±{number(bound, 2)} ({percent(bound)[1:]})" if same else "margin"
    panel.axhspan(-bound, bound, color=MARGIN, zorder=0.5, label=named)
    panel.axhline(0, color=MUTED, linewidth=0.7, zorder=1)
    panel.fill_between(
        rows["step"], rows["band_low"], rows["band_high"], color=BAND, alpha=0.6, linewidth=0, zorder=1.5,
        label=f"{band} band for all steps at once",
    )  # fmt: skip
    slope, low, high = (rows[name].to_numpy(float) for name in ("slope", "low", "high"))
    panel.errorbar(
        rows["step"], slope, yerr=np.array([slope - low, high - slope]), color=POINTWISE,
        marker="o", markeredgecolor="white", elinewidth=1.1, label=f"slope with {pointwise} interval",
    )  # fmt: skip


def _name(panel: Axes, word: str) -> None:
    told = panel.annotate(
        word, (0, 1), xycoords="axes fraction", xytext=(4, -3), textcoords="offset points", va="top", color=INK
    )
    told.set_in_layout(False)
