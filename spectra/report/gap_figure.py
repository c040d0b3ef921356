"""The gap to infinite size along training: does it build up?"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.groups import groups
from spectra.report.panels import label_outer, message, note_letters, panels, wrapped
from spectra.report.sign_marks import mark_negative
from spectra.report.size_legend import DASHED, all_sizes, size_legend
from spectra.report.style import INK, MUTED, size_colors, size_line_widths, size_marker_sizes, size_markers, style
from spectra.report.titles import column_title, entry_title
from spectra.report.words import number, signed, span
from spectra.verdicts.accumulation import Accumulation

DECADES = 1e-4  # gaps below this share of the largest are rounding or chance, and would squeeze the others
ROOM = 2.0  # factor below the smallest gap whose sign is shown: from there on there is noise alone
MANY = 12  # checkpoints from which on marks are smaller, so that they do not hide each other


def gaps(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Size of the gap to infinite size against step, both logarithmic, with the fitted power of the smallest size.

    The axis ends where noise begins (`noise_floor`); smaller gaps lie at its lower end.

    Args:
        table: case, quantity and index (one), the scale, step, gap, low, high (log units), curve (what the power of the
            step gives for the smallest size), word (whether gaps build up), beta, beta_low, beta_high (that power).
        scale: Column that grows.
        sizes: All sizes of the page, by which colours are given; those of the table where empty.
    """
    rows = drawable_gaps(table)
    if rows.empty:
        return message(f"No gap to infinite {column_title(scale)} is there after step 0.")
    known, named = all_sizes(rows, scale, sizes), _named(rows)
    with style():
        figure, axes = panels(list(dict.fromkeys(rows["case"])), height=2.4)
        first = next(iter(axes.values()))[0]
        ticks.logarithmic_steps(first, rows["step"].tolist())
        low, high = max(noise_floor(rows), float(rows["size_of_gap"].min()) / 1.3), float(rows["size_of_gap"].max())
        rows = rows.assign(drawn=rows["size_of_gap"].clip(lower=low))
        # Above the curves two lines of text have room.
        told = {case: _words(table[table["case"] == case], note_letters(len(axes))) for case in axes}
        lines = max(words.count("\n") for words in told.values())
        ticks.logarithmic(first, low, max(high, low) * max(2.0, (high / low) ** (0.2 + 0.2 * max(lines, 1))))
        for case, (panel, *_) in axes.items():
            _draw(panel, rows[rows["case"] == case], scale, known)
            _draw_power(panel, table[table["case"] == case], told[case], highest=1.3 * high)
        label_outer(figure, axes, x="step (updates made)", y=f"gap of log {named}\nto infinite {column_title(scale)}")
        size_legend(figure, scale, rows[scale].unique(), known)
    return figure


def _named(rows: DataFrame) -> str:
    return entry_title(str(rows["quantity"].iloc[0]), int(rows["index"].iloc[0]))


def drawable_gaps(rows: DataFrame) -> DataFrame:
    """Gaps that logarithmic axes can hold, with their size and whether their sign is shown."""
    if rows.empty:
        return rows
    rows = rows.assign(size_of_gap=rows["gap"].abs(), shown=(rows["low"] > 0) | (rows["high"] < 0))
    kept: DataFrame = rows[(rows["step"] > 0) & np.isfinite(rows["size_of_gap"]) & (rows["size_of_gap"] > 0)]
    return kept


def noise_floor(rows: DataFrame) -> float:
    """Size below which drawable gaps are noise or rounding, and lie at the lower end of the axis.

    Half of the smallest gap with a sign that is shown; where none has, of the median reach of their intervals.
    """
    shown, reach = rows.loc[rows["shown"], "size_of_gap"], (rows["high"] - rows["low"]).dropna() / 2
    smallest = shown.min() if len(shown) else reach.median() if len(reach) else 0.0
    return max(float(smallest) / ROOM, DECADES * float(rows["size_of_gap"].max()))


def determined(found: Accumulation) -> bool:
    """Whether the power of the gap in steps has an end: without one its estimate says nothing."""
    return _bounded(found.exponent, found.interval.low, found.interval.high)


def _draw(panel: Axes, rows: DataFrame, scale: str, sizes: list[float]) -> None:
    colors, markers, widths = size_colors(sizes), size_markers(sizes), size_line_widths(sizes)
    for (size,), here in groups(rows, scale):
        color, marker = colors[size], markers[size]
        dot = size_marker_sizes(sizes)[size] * min(1.0, (MANY / here["step"].nunique()) ** 0.5)
        # A line through noise is no course: it is drawn between gaps that are seen alone.
        seen = here["drawn"].where(here["shown"])
        panel.plot(here["step"], seen, color=color, linewidth=widths[size] * 0.6, alpha=0.7, label="_")
        for shown, face in ((True, color), (False, "white")):
            part = here[here["shown"] == shown]
            if part.empty:  # a series without a point has no place, and one that is not clipped needs room for it
                continue
            panel.plot(
                part["step"], part["drawn"], marker, color=color, markerfacecolor=face, clip_on=shown,
                markersize=dot if shown else 0.7 * dot, markeredgewidth=1.0 if shown else 0.7,
                label=f"{scale} {number(size, 6)}" if shown else "_",
            )  # fmt: skip
            bar = "white" if shown else color
            mark_negative(panel, part, x="step", y="drawn", size=0.7 * dot, color=bar)


def _words(rows: DataFrame, letters: int) -> str:
    """Whether gaps build up, and with which power if that is determined."""
    word, beta, low, high = rows[["word", "beta", "beta_low", "beta_high"]].iloc[0]
    told = [wrapped(word, letters)]
    if _bounded(beta, low, high):
        power, interval = f"β = {signed(beta)}", f"({span(low, high)})"
        told += [f"{power} {interval}"] if len(power) + len(interval) < letters else [power, interval]
    return "\n".join(told)


def _bounded(beta: float, low: float, high: float) -> bool:
    return bool(np.isfinite(beta) and np.isfinite([low, high]).any())


def _draw_power(panel: Axes, rows: DataFrame, words: str, *, highest: float) -> None:
    if _bounded(*rows[["beta", "beta_low", "beta_high"]].iloc[0]):
        # Above the gaps are words.
        curve = rows[(rows["step"] > 0) & (rows["curve"].abs() <= highest)].drop_duplicates("step")
        panel.plot(curve["step"], curve["curve"].abs(), color=MUTED, linestyle=DASHED, linewidth=1.0, label="power")
    told = panel.annotate(
        words, (0, 1), xycoords="axes fraction", xytext=(4, -3), textcoords="offset points", va="top", color=INK,
        fontsize=7.5,
    )  # fmt: skip
    told.set_in_layout(False)
