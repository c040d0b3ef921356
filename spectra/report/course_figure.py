"""Curves along training, one panel per case, colour and marker by size."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.groups import groups
from spectra.report.panels import label_outer, message, panels, staggered
from spectra.report.size_legend import DASHED, all_sizes, size_legend
from spectra.report.style import MUTED, size_look, style
from spectra.report.titles import entry_title
from spectra.report.words import number

REACH = 2.0
"""Factor beyond the lowest and the highest mean up to which a band is shown."""


def courses(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """A quantity against step, one panel per case: means over seeds with bands, diverged runs dotted.

    Args:
        table: case, the scale, step, quantity and index (one), value, low and high (band; may be nan), run (empty for a
            mean, else the name of a diverged run), limit (where the optimizer becomes unstable; nan for none), unit (of
            the quantity; empty, or no such column, for none).
        scale: Column that grows.
        sizes: All sizes of the page, by which colours are given; those of the table where empty.
    """
    if table.empty:
        return message("No run has a positive, finite value.")
    rows, known = table.assign(run=table["run"].astype(object).fillna("")), all_sizes(table, scale, sizes)
    limits = rows.drop_duplicates("case").set_index("case")["limit"].dropna().to_dict()
    cases = list(dict.fromkeys(rows["case"]))
    with style():
        figure, axes = panels(cases, height=2.5)
        _set_axes(next(iter(axes.values()))[0], rows, list(dict.fromkeys(limits.values())))
        for case, (panel, *_) in axes.items():
            _draw(panel, rows[rows["case"] == case], scale, known)
            if case in limits:
                _mark_limit(panel, limits[case], named=case == cases[0] or len(set(limits.values())) > 1)
        label_outer(figure, axes, x="step (updates made)", y=_axis_name(rows))
        size_legend(figure, scale, rows[scale].unique(), known)
    return figure


def _axis_name(rows: DataFrame) -> str:
    named = entry_title(str(rows["quantity"].iloc[0]), int(rows["index"].iloc[0]))
    units = [] if "unit" not in rows else rows["unit"].replace("", None).dropna().unique().tolist()
    return f"{named} ({units[0]})" if units else named


def _set_axes(panel: Axes, rows: DataFrame, limits: list[float]) -> None:
    low, high = float(rows["value"].min()), float(rows["value"].max())
    # Bands belong to the picture as far as they leave the means most of its height.
    low = max(min(low, float(rows["low"].min())), low / REACH) if rows["low"].notna().any() else low
    high = min(max(high, float(rows["high"].max())), high * REACH) if rows["high"].notna().any() else high
    for limit in limits:
        # The limit belongs to the picture unless it would leave the data less than a third of the height.
        wide = math.log(max(high, limit) / min(low, limit)) <= 3 * max(math.log(high / low), math.log(1.5))
        low, high = (min(low, limit), max(high, limit)) if wide else (low, high)
    pad = max((high / low) ** 0.06, 1.03)
    # The name of the limit stands above all data.
    head = (high / low) ** 0.12 * pad if limits else pad
    ticks.logarithmic(panel, low / pad, high * head)
    ticks.steps(panel, rows["step"].tolist())


def _draw(panel: Axes, rows: DataFrame, scale: str, sizes: list[float]) -> None:
    for (size,), here in groups(rows[rows["run"] == ""], scale):
        look = size_look(size, sizes)
        panel.fill_between(here["step"], here["low"], here["high"], color=look["color"], alpha=0.18, linewidth=0)
        marks = staggered(here["step"].nunique(), sizes.index(size), len(sizes))
        panel.plot(here["step"], here["value"], **look, markevery=marks, label=f"{scale} {number(size, 6)}")
    for (_, size), run in groups(rows[rows["run"] != ""], "run", scale):
        color = size_look(size, sizes)["color"]
        panel.plot(run["step"], run["value"], color=color, linewidth=0.7, linestyle=":")
        panel.plot(run["step"].iloc[-1:], run["value"].iloc[-1:], "x", color=color, markeredgewidth=1.2)


def _mark_limit(panel: Axes, limit: float, *, named: bool) -> None:
    low, high = panel.get_ylim()
    inside = low <= limit <= high
    shown = min(max(limit, low), high)
    panel.axhline(shown, color=MUTED, linestyle=DASHED, linewidth=1.0, zorder=1.5)
    if named:
        where = "" if inside else " (above this axis)" if limit > high else " (below this axis)"
        panel.annotate(
            f"dashed: stability limit {number(limit)}{where}", (1, 1), xycoords="axes fraction", xytext=(-3, -3),
            textcoords="offset points", ha="right", va="top", color=MUTED, fontsize=7.5,
        )  # fmt: skip
