"""The figure of transfer: the criterion against the learning rate, and below it where each size has its best rate."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.groups import groups
from spectra.report.panels import label_outer, message, panels, size_legend
from spectra.report.study import Study
from spectra.report.style import ALARM, MUTED, size_colors, size_line_widths, size_marker_sizes, size_markers, style
from spectra.report.words import criterion_title, number
from spectra.verdicts import RateTransfer

CROSS_ROW = 0.05  # share of the panel's height that one size's row of crosses takes


def rates(study: Study) -> Figure:
    """Criterion against learning rate by size, with diverged rates and the best rate of every size."""
    fits = study.transfers()
    if not fits:
        return message("The loss against the learning rate could not be judged in any case.")
    with style():
        grids = {case: fit.losses["rate"].tolist() for case, fit in fits.items()}
        own, share = apart(list(grids.values())), max(0.4, 0.085 * len(study.sizes))
        figure, axes = panels(list(fits), height=2.5, strip=share, own_x=own)
        upper, lower = next(iter(axes.values()))
        for case, (curves, _) in axes.items():
            ticks.octaves(curves, grids[case] if own else [rate for grid in grids.values() for rate in grid])
        _set_height(upper, list(fits.values()), len(study.sizes))
        for case, (curves, strip) in axes.items():
            _draw_curves(curves, fits[case], study)
            _draw_optima(strip, fits[case], study)
        _name_rows(lower, study)
        criterion = next(iter(fits.values())).criterion
        below = f"best rate\nat {study.scale}"
        label_outer(figure, axes, x="learning rate (base rate)", y=criterion_title(criterion), below=below)
        size_legend(figure, study.scale, study.sizes)
    return figure


def ceiling(losses: DataFrame) -> tuple[float, float]:
    """Range of the criterion worth drawing: beyond half as much again as at the smallest rate it is merely failure."""
    finite = losses[np.isfinite(losses["criterion"])]
    if finite.empty:
        return 0.0, 1.0
    low, high = float(finite["criterion"].min()), float(finite["criterion"].max())
    start = float(finite.loc[finite["rate"] == finite["rate"].min(), "criterion"].max())
    return low, min(high, low + 1.5 * (start - low)) if start > low else high


def apart(grids: list[list[float]]) -> bool:
    """Whether the learning rates of the cases are so far apart that a shared axis would be half empty."""
    widest = max(math.log(max(grid) / min(grid)) for grid in grids)
    rates = [rate for grid in grids for rate in grid]
    return math.log(max(rates) / min(rates)) > 1.4 * widest


def _room(sizes: int) -> float:
    return min(CROSS_ROW * sizes + 0.06, 0.35)


def _set_height(panel: Axes, fits: list[RateTransfer], sizes: int) -> None:
    ranges = [ceiling(fit.losses) for fit in fits]
    low, high = min(pair[0] for pair in ranges), max(pair[1] for pair in ranges)
    span = max(high - low, 1e-3 * max(abs(high), 1.0))
    crossed = any(np.isinf(fit.losses["criterion"]).any() for fit in fits)
    room = _room(sizes) if crossed else 0.0
    bottom, top = low - 0.08 * span, high + 0.06 * span
    panel.set_ylim(bottom, bottom + (top - bottom) / (1 - room))
    marks = [float(tick) for tick in MaxNLocator(5).tick_values(bottom, top) if bottom <= tick <= top]
    panel.yaxis.set_major_locator(FixedLocator(marks))


def _draw_curves(panel: Axes, fit: RateTransfer, study: Study) -> None:
    colors, markers, widths = size_colors(study.sizes), size_markers(study.sizes), size_line_widths(study.sizes)
    crossed = bool(np.isinf(fit.losses["criterion"]).any())
    room = _room(len(study.sizes))
    if crossed:
        panel.fill_between([0, 1], 1 - room, 1, transform=panel.transAxes, color="#f7e9e7", linewidth=0, zorder=2.5)
        panel.text(0.015, 0.985, "diverged", transform=panel.transAxes, va="top", color=ALARM, fontsize=7.5, zorder=3)
    for row, ((size,), rows) in enumerate(groups(fit.losses, "size")):
        finite, failed = rows[np.isfinite(rows["criterion"])], rows[np.isinf(rows["criterion"])]
        panel.fill_between(finite["rate"], finite["low"], finite["high"], color=colors[size], alpha=0.15, linewidth=0)
        panel.plot(
            finite["rate"], finite["criterion"], color=colors[size], marker=markers[size], markeredgecolor="white",
            linewidth=widths[size], markersize=size_marker_sizes(study.sizes)[size],
            label=f"{study.scale} {number(size, 6)}",
        )  # fmt: skip
        height = 1 - (room - 0.02) * (row + 0.7) / len(study.sizes)
        panel.plot(
            failed["rate"], [height] * len(failed), "x", color=colors[size], markeredgewidth=1.2, zorder=3,
            transform=panel.get_xaxis_transform(), label=f"{study.scale} {number(size, 6)} diverged",
        )  # fmt: skip


def _draw_optima(panel: Axes, fit: RateTransfer, study: Study) -> None:
    colors, markers = size_colors(study.sizes), size_markers(study.sizes)
    start = float(fit.optima["optimum"].iloc[0]) if len(fit.optima) else math.nan
    if math.isfinite(start):
        panel.axvline(start, color=MUTED, linewidth=0.8, linestyle=":", zorder=0.9)
    for best in fit.optima.to_dict("records"):
        size, optimum = float(best["size"]), float(best["optimum"])
        if not math.isfinite(optimum):
            continue
        row, color = study.sizes.index(size), colors[size]
        ends = [float(end) if math.isfinite(end) else optimum for end in (best["low"], best["high"])]
        panel.plot(ends, [row, row], "|-", color=color, linewidth=1.2, markeredgewidth=1.2, markersize=7)
        panel.plot(
            [optimum], [row], marker=markers[size], color=color, markersize=4.5,
            markerfacecolor="white" if best["edge"] else color, label=f"optimum {number(size, 6)}",
        )  # fmt: skip


def _name_rows(panel: Axes, study: Study) -> None:
    panel.set_yticks(range(len(study.sizes)), [number(size, 6) for size in study.sizes])
    panel.set_ylim(len(study.sizes) - 0.4, -0.6)
