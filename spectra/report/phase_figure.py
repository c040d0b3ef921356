"""Where training works: the loss by size and learning rate, with the rates at which it diverges."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.panels import label_outer, message, panels
from spectra.report.rate_figure import apart
from spectra.report.style import ALARM, INK, style
from spectra.report.titles import column_title
from spectra.report.words import number

COLORS = "YlOrBr"
WORST = 1.0
"""Log units above the best loss of a size from which on all are equally bad."""
STEPS = 40
"""Colours of the bar that tells what a colour means."""
DARK = 1.4 * WORST
"""Log units that the darkest colour would stand for, which is not drawn: marks must be seen on every cell."""
GONE = "#f7e9e7"
BAR = 1.2
"""Inches that the bar takes with its words."""


def phases(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Map of the loss over learning rate and size: what a rate costs, where it diverges, and the best of every size.

    Args:
        table: case, the scale, rate, value (criterion, log units; infinite where a seed diverged), excess (above the
            best rate of this size, log units), diverged (share of seeds), optimum, low, high (best rate of the size
            with its interval; nan where unknown), edge (whether it is an end of the grid).
        scale: Column that grows.
        sizes: Not used: the sizes of the table are the rows.
    """
    del sizes
    if table.empty:
        return message("The loss against the learning rate could not be judged in any case.")
    cases, known = list(dict.fromkeys(table["case"])), sorted(table[scale].unique())
    grids = {case: sorted(table.loc[table["case"] == case, "rate"].unique()) for case in cases}
    own = apart(list(grids.values()))
    with style():
        figure, axes = panels(cases, height=0.75 + 0.3 * len(known), own_x=own, aside=BAR)
        for case, (panel, *_) in axes.items():
            rows = table[table["case"] == case]
            ticks.octaves(panel, grids[case] if own else sorted(table["rate"].unique()))
            panel.grid(visible=False)
            for row, size in enumerate(known):
                here = rows[rows[scale] == size].sort_values("rate")
                if len(here):
                    _draw_row(panel, here, row, grids[case])
            _draw_optima(panel, rows, known, scale)
        first = next(iter(axes.values()))[0]
        first.set_yticks(range(len(known)), [number(size, 6) for size in known])
        first.set_ylim(-0.5, len(known) - 0.5)
        label_outer(figure, axes, x="learning rate (base rate)", y=column_title(scale))
        _legend(figure, [stack[0] for stack in axes.values()], table)
    return figure


def cell_edges(rates: Sequence[float]) -> NDArray[np.float64]:
    """Ends of the cells around rates, in the middle of two of them on a logarithmic axis."""
    logs = np.log(np.asarray(rates, dtype=np.float64))
    if len(logs) == 1:
        return np.asarray(np.exp([logs[0] - 0.3, logs[0] + 0.3]))
    middle = (logs[1:] + logs[:-1]) / 2
    return np.asarray(np.exp([2 * logs[0] - middle[0], *middle, 2 * logs[-1] - middle[-1]]))


def _draw_row(panel: Axes, rows: DataFrame, row: int, grid: Sequence[float]) -> None:
    edges, costs = cell_edges(grid), colormaps[COLORS]
    for cell in rows.dropna(subset="value").to_dict("records"):
        place = grid.index(cell["rate"])
        left, width = edges[place], edges[place + 1] - edges[place]
        gone = bool(np.isinf(cell["value"]))
        color = GONE if gone else costs(min(cell["excess"], WORST) / DARK)
        panel.add_patch(
            Rectangle(
                (left, row - 0.5), width, 1, facecolor=color, edgecolor=ALARM if gone else "white", zorder=1.2,
                linewidth=0 if gone else 0.4, hatch="////" if gone else None,
            )
        )  # fmt: skip


def _draw_optima(panel: Axes, rows: DataFrame, known: Sequence[float], scale: str) -> None:
    best = rows.drop_duplicates(scale).dropna(subset="optimum").sort_values(scale)
    places = [list(known).index(size) for size in best[scale]]
    panel.plot(best["optimum"], places, color=INK, linewidth=0.9, zorder=3, label="best")
    for place, row in zip(places, best.to_dict("records"), strict=True):
        ends = [end if np.isfinite(end) else row["optimum"] for end in (row["low"], row["high"])]
        panel.plot(ends, [place, place], "|-", color=INK, linewidth=1.0, markersize=6, zorder=3)
        face = "white" if row["edge"] else INK
        panel.plot([row["optimum"]], [place], "o", color=INK, markerfacecolor=face, markersize=4.5, zorder=4)


def _legend(figure: Figure, axes: list[Axes], table: DataFrame) -> None:
    # Few enough steps that matplotlib draws them as areas: a picture of dots would not follow a dark page.
    colors = ScalarMappable(Normalize(0, DARK), colormaps[COLORS].resampled(STEPS))
    bar = figure.colorbar(colors, ax=axes, location="right", fraction=0.03, pad=0.015, aspect=18)
    marks = [0.0, np.log(1.2), np.log(1.5), np.log(2), WORST]
    bar.set_ticks(marks, labels=["best", "20 %", "50 %", "100 %", "≥ 170 %"])
    bar.ax.set_ylim(0, WORST)
    bar.set_label("loss above the best\nof its size")
    bar.outline.set_visible(False)
    if bar.solids is not None:
        bar.solids.set_edgecolor("face")
    handles: list[Line2D | Patch] = [Line2D([], [], color=INK, marker="o", markersize=4.5, label="best rate, interval")]
    if table["edge"].astype(bool).any():
        handles.append(
            Line2D([], [], color=INK, marker="o", markerfacecolor="white", linestyle="", label="at an end of the grid")
        )
    if np.isinf(table["value"]).any():
        handles.append(Patch(facecolor=GONE, edgecolor=ALARM, hatch="////", linewidth=0, label="diverged"))
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), columnspacing=1.4)
