"""The largest eigenvalues along training, one line for each."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.groups import groups
from spectra.report.panels import label_outer, message, panels
from spectra.report.size_legend import DASHED, all_sizes, end_sizes, legend_of, limit_handles, size_handles
from spectra.report.style import MUTED, size_colors, style
from spectra.report.titles import quantity_title
from spectra.report.words import number

APART = 0.055
"""Share of the height of a panel that the number of a line takes: lines closer together are not all numbered."""


def eigenvalues(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Eigenvalues against step, of the smallest and of the largest size; the lower in the spectrum, the thinner.

    Args:
        table: case, the scale, step, quantity (one), number (1 for the largest), value, low and high (band; may be
            nan), limit (where the optimizer becomes unstable; nan for none).
        scale: Column that grows.
        sizes: All sizes of the page, by which colours are given; those of the table where empty.
    """
    rows = table[table["value"] > 0] if len(table) else table
    if rows.empty:
        return message("No eigenvalue along training is positive and finite.")
    known, shown = all_sizes(table, scale, sizes), end_sizes(rows, scale)
    rows = rows[rows[scale].isin(shown)]
    with style():
        figure, axes = panels(list(dict.fromkeys(rows["case"])), height=2.7)
        first = next(iter(axes.values()))[0]
        low, high = _heights(rows)
        ticks.logarithmic(first, low, high)
        ticks.steps(first, rows["step"].tolist())
        for case, (panel, *_) in axes.items():
            here = rows[rows["case"] == case]
            for size in shown:
                _draw(panel, here[here[scale] == size], color=size_colors(known)[size])
            _number(panel, here[here[scale] == here[scale].max()], low, high)
            mark_limit(panel, here["limit"].iloc[0])
        name = quantity_title(str(rows["quantity"].iloc[0]))
        label_outer(figure, axes, x="step (updates made)", y=f"{name}, largest {rows['number'].nunique()}")
        drawn = rows[rows["limit"].between(low, high)]
        legend_of(figure, [*size_handles(scale, shown, known), *limit_handles(drawn)])
    return figure


def _heights(rows: DataFrame) -> tuple[float, float]:
    low, high = float(rows["value"].min()), float(rows["value"].max())
    limits = rows["limit"].dropna()
    limits = limits[(limits < 3 * high) & (limits > low)]
    pad = max((high / low) ** 0.05, 1.03)
    return low / pad, max([high, *limits]) * pad


def _draw(panel: Axes, rows: DataFrame, *, color: str) -> None:
    count = int(rows["number"].max()) if len(rows) else 1
    for (place,), here in groups(rows, "number"):
        share = (place - 1) / max(count - 1, 1)
        if place == 1:  # bands of all would hide the lines
            panel.fill_between(here["step"], here["low"], here["high"], color=color, alpha=0.15, linewidth=0)
        panel.plot(here["step"], here["value"], color=color, linewidth=2.0 - 1.3 * share, label=f"{place}")


def _number(panel: Axes, rows: DataFrame, low: float, high: float) -> None:
    """The number of an eigenvalue at the end of its line, from the largest down, where there is room."""
    last, taken = rows[rows["step"] == rows["step"].max()].sort_values("number"), math.inf
    for row in last.to_dict("records"):
        place = math.log(row["value"] / low) / math.log(high / low)
        if taken - place < APART:
            continue
        taken = place
        panel.annotate(
            number(row["number"]), (row["step"], row["value"]), xytext=(3, 0), textcoords="offset points",
            va="center", fontsize=6.5, color=MUTED, annotation_clip=False,
        )  # fmt: skip


def mark_limit(panel: Axes, limit: float) -> None:
    """The stability limit of the optimizer, where the panel reaches it."""
    low, high = panel.get_ylim()
    if low <= limit <= high:
        panel.axhline(limit, color=MUTED, linestyle=DASHED, linewidth=1.0, zorder=1.5, label="limit")
