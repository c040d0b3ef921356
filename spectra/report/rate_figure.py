"""The figure of transfer: the criterion against the learning rate, and below it where each size has its best rate."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.groups import groups
from spectra.report.panels import label_outer, message, panels
from spectra.report.size_legend import DASHED, all_sizes, size_legend
from spectra.report.style import ALARM, MUTED, size_colors, size_look, size_markers, style
from spectra.report.titles import column_title, criterion_title
from spectra.report.words import number

CROSS_ROW = 0.05  # share of the panel's height that one size's row of crosses takes


def rates(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Criterion against learning rate by size, with diverged rates and the best rate of every size.

    Args:
        table: case, criterion (its name), the scale, rate, value (infinite where a seed diverged), low, high
            (interval), and of the size, in each of its rows: optimum, optimum_low, optimum_high, edge (whether the best
            rate is an end of the grid).
        scale: Column that grows.
        sizes: All sizes of the page, by which colours are given; those of the table where empty.
    """
    if table.empty:
        return message("The loss against the learning rate could not be judged in any case.")
    known = all_sizes(table, scale, sizes)
    parts = {str(case): rows for case, rows in table.groupby("case", sort=False)}
    grids = {case: rows["rate"].tolist() for case, rows in parts.items()}
    with style():
        own, share = apart(list(grids.values())), max(0.4, 0.085 * len(known))
        figure, axes = panels(list(parts), height=2.5, strip=share, own_x=own)
        upper, lower = next(iter(axes.values()))
        for case, (curves, _) in axes.items():
            ticks.octaves(curves, grids[case] if own else table["rate"].tolist())
        _set_height(upper, list(parts.values()), len(known))
        for case, (curves, strip) in axes.items():
            _draw_curves(curves, parts[case], scale, known)
            _draw_optima(strip, parts[case].drop_duplicates(scale), scale, known)
        _name_rows(lower, known)
        criterion = criterion_title(str(table["criterion"].iloc[0]))
        label_outer(
            figure, axes, x="learning rate (base rate)", y=criterion, below=f"best rate\nat {column_title(scale)}"
        )
        size_legend(figure, scale, table[scale].unique(), known)
    return figure


def ceiling(losses: DataFrame) -> tuple[float, float]:
    """Range of the criterion worth drawing: beyond half as much again as at the smallest rate it is merely failure."""
    finite = losses[np.isfinite(losses["value"])]
    if finite.empty:
        return 0.0, 1.0
    low, high = float(finite["value"].min()), float(finite["value"].max())
    start = float(finite.loc[finite["rate"] == finite["rate"].min(), "value"].max())
    return low, min(high, low + 1.5 * (start - low)) if start > low else high


def apart(grids: list[list[float]]) -> bool:
    """Whether the learning rates of the cases are so far apart that a shared axis would be half empty."""
    widest = max(math.log(max(grid) / min(grid)) for grid in grids)
    rates = [rate for grid in grids for rate in grid]
    return math.log(max(rates) / min(rates)) > 1.4 * widest


def _room(sizes: int) -> float:
    return min(CROSS_ROW * sizes + 0.06, 0.35)


def _set_height(panel: Axes, parts: list[DataFrame], sizes: int) -> None:
    ranges = [ceiling(rows) for rows in parts]
    low, high = min(pair[0] for pair in ranges), max(pair[1] for pair in ranges)
    span = max(high - low, 1e-3 * max(abs(high), 1.0))
    crossed = any(np.isinf(rows["value"]).any() for rows in parts)
    room = _room(sizes) if crossed else 0.0
    bottom, top = low - 0.08 * span, high + 0.06 * span
    panel.set_ylim(bottom, bottom + (top - bottom) / (1 - room))
    marks = [float(tick) for tick in MaxNLocator(5).tick_values(bottom, top) if bottom <= tick <= top]
    panel.yaxis.set_major_locator(FixedLocator(marks))


def _draw_curves(panel: Axes, table: DataFrame, scale: str, sizes: list[float]) -> None:
    crossed = bool(np.isinf(table["value"]).any())
    room = _room(len(sizes))
    if crossed:
        panel.fill_between([0, 1], 1 - room, 1, transform=panel.transAxes, color="#f7e9e7", linewidth=0, zorder=2.5)
        panel.text(0.015, 0.985, "diverged", transform=panel.transAxes, va="top", color=ALARM, fontsize=7.5, zorder=3)
    for row, ((size,), rows) in enumerate(groups(table, scale)):
        finite, failed = rows[np.isfinite(rows["value"])], rows[np.isinf(rows["value"])]
        look = size_look(size, sizes)
        panel.fill_between(finite["rate"], finite["low"], finite["high"], color=look["color"], alpha=0.15, linewidth=0)
        panel.plot(finite["rate"], finite["value"], **look, label=f"{scale} {number(size, 6)}")
        height = 1 - (room - 0.02) * (row + 0.7) / len(sizes)
        panel.plot(
            failed["rate"], [height] * len(failed), "x", color=look["color"], markeredgewidth=1.2, zorder=3,
            transform=panel.get_xaxis_transform(), label=f"{scale} {number(size, 6)} diverged",
        )  # fmt: skip


def _draw_optima(panel: Axes, optima: DataFrame, scale: str, sizes: list[float]) -> None:
    colors, markers = size_colors(sizes), size_markers(sizes)
    start = float(optima["optimum"].iloc[0]) if len(optima) else math.nan
    if math.isfinite(start):
        panel.axvline(start, color=MUTED, linewidth=1.0, linestyle=DASHED, zorder=0.9)
    for best in optima.to_dict("records"):
        size, optimum = float(best[scale]), float(best["optimum"])
        if not math.isfinite(optimum):
            continue
        row, color = sizes.index(size), colors[size]
        ends = [float(end) if math.isfinite(end) else optimum for end in (best["optimum_low"], best["optimum_high"])]
        panel.plot(ends, [row, row], "|-", color=color, linewidth=1.2, markeredgewidth=1.2, markersize=7)
        panel.plot(
            [optimum], [row], marker=markers[size], color=color, markersize=4.5,
            markerfacecolor="white" if best["edge"] else color, label=f"optimum {number(size, 6)}",
        )  # fmt: skip


def _name_rows(panel: Axes, sizes: list[float]) -> None:
    panel.set_yticks(range(len(sizes)), [number(size, 6) for size in sizes])
    panel.set_ylim(len(sizes) - 0.4, -0.6)
