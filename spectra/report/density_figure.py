"""Where all eigenvalues lie along training: one row for each time, the number of eigenvalues as its height."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator
from numpy.typing import NDArray
from pandas import DataFrame

from spectra.report.groups import groups
from spectra.report.panels import label_outer, message, panels
from spectra.report.size_legend import DASHED, all_sizes, end_sizes, legend_of, limit_handles, size_handles
from spectra.report.style import FAINT, MUTED, size_colors, style
from spectra.report.words import number

Array = NDArray[np.float64]

LEAST = 0.3
"""Eigenvalues in a bin that are drawn at the foot of a row: one that stands alone is counted once on average."""
ROW = 0.46  # inches


def density(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Numbers of eigenvalues in bins, logarithmic, a row for each step; the smallest and the largest size.

    Args:
        table: case, the scale, step, low and high (ends of a bin), count (of eigenvalues in it), linear (the eigenvalue
            up to which the axis is linear, one for all), limit (where the optimizer becomes unstable; nan for none). A
            row with low = high is a single eigenvalue.
        scale: Column that grows.
        sizes: All sizes of the page, by which colours are given; those of the table where empty.
    """
    if table.empty:
        return message("No spectral density was measured at a judged learning rate.")
    known, shown = all_sizes(table, scale, sizes), end_sizes(table, scale)
    rows, steps = table[table[scale].isin(shown)], sorted(table["step"].unique())
    most = float(rows["count"].max())
    with style():
        figure, axes = panels(list(dict.fromkeys(rows["case"])), height=0.5 + ROW * len(steps))
        _set_axes(next(iter(axes.values()))[0], rows, steps)
        for case, (panel, *_) in axes.items():
            here = rows[rows["case"] == case]
            for place, step in enumerate(reversed(steps)):
                panel.axhline(place, color=FAINT, linewidth=0.5, zorder=1)
                for (size,), one in groups(here[here["step"] == step], scale):
                    color, filled = size_colors(known)[size], size == shown[-1]
                    _draw(panel, one, place, most, color=color, filled=filled)
            if np.isfinite(here["limit"].iloc[0]):
                panel.axvline(here["limit"].iloc[0], color=MUTED, linestyle=DASHED, linewidth=1.0, zorder=1.5)
        _mark_height(next(iter(axes.values()))[0], most)
        label_outer(figure, axes, x="eigenvalue", y="step (updates made)")
        handles = size_handles(scale, shown, known)
        if (rows["low"] == rows["high"]).any():
            handles.append(
                Line2D([], [], color=MUTED, marker="|", markersize=6, linestyle="", label="each of the largest")
            )
        legend_of(figure, [*handles, *limit_handles(rows)])
    return figure


def height(count: float | Array, most: float) -> Array:
    """Height of a number of eigenvalues above the foot of its row, in rows; the most is just below the next."""
    found: Array = 0.85 * np.log(np.maximum(count, LEAST) / LEAST) / np.log(max(most, 3.0) / LEAST)
    return found


def _set_axes(panel: Axes, rows: DataFrame, steps: list[int]) -> None:
    linear, low, high = float(rows["linear"].iloc[0]), float(rows["low"].min()), float(rows["high"].max())
    panel.set_xscale("asinh", linear_width=linear)
    panel.set_xlim(low, high * 1.1)
    decades = range(round(np.log10(linear)) + 1, int(np.floor(np.log10(max(high, -low)))) + 1)
    ends = [10.0**decade for decade in decades]
    # Fewer on the side where little is to be seen.
    negative = [-end for end in (ends[::-2] if len(ends) > 2 else ends[::-1]) if end <= -low]
    ticks = [*negative, 0.0, *(end for end in ends if end <= high)]
    panel.xaxis.set_major_locator(FixedLocator(ticks))
    panel.xaxis.set_major_formatter(FixedFormatter([number(tick) for tick in ticks]))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.set_ylim(-0.35, len(steps))
    panel.set_yticks(range(len(steps)), [number(step, 6) for step in reversed(steps)])
    panel.grid(visible=False, axis="y")


def _draw(panel: Axes, rows: DataFrame, place: int, most: float, *, color: str, filled: bool) -> None:
    bins, single = rows[rows["low"] < rows["high"]], rows[rows["low"] == rows["high"]]
    if len(bins):
        seen = bins["count"].where(bins["count"] > LEAST).to_numpy(dtype=np.float64)
        tops, edges = place + height(seen, most), [*bins["low"], bins["high"].iloc[-1]]
        panel.stairs(tops, edges, baseline=place, fill=filled, color=color, alpha=0.45 if filled else 1, linewidth=1.1)
    # Those of the two sizes lie side by side.
    foot = [place - (0.05 if filled else 0.17)] * len(single)
    panel.plot(single["low"], foot, "|", color=color, markersize=4, markeredgewidth=0.9, label="single")


def _mark_height(panel: Axes, most: float) -> None:
    """A scale for the heights, at the left end of the first row."""
    foot = round(panel.get_ylim()[1]) - 1
    powers = sorted({1.0, 10.0 ** max(1, int(np.log10(most)))})
    heights = [float(foot + height(count, most)) for count in powers]
    panel.plot([0.02, 0.02], heights, color=MUTED, linewidth=0.8, transform=panel.get_yaxis_transform(), label="scale")
    for count, place in zip(powers, heights, strict=True):
        panel.annotate(
            number(count), (0.02, place), xycoords=("axes fraction", "data"), xytext=(3, 0), va="center",
            textcoords="offset points", fontsize=6.5, color=MUTED,
        )  # fmt: skip
