"""The curvature and its two parts along training: that of the loss in the outputs, and that of the network."""

from collections.abc import Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.eigenvalue_figure import mark_limit
from spectra.report.groups import groups
from spectra.report.panels import label_outer, message, panels
from spectra.report.size_legend import all_sizes, end_sizes, legend_of, limit_handles, size_handles
from spectra.report.style import MUTED, size_colors, style

Dashes = Literal["-"] | tuple[float, tuple[float, ...]]

LINES: dict[str, tuple[str, Dashes, str]] = {
    "effective_sharpness": ("curvature", "-", "o"),
    "gauss_newton": ("Gauss-Newton part", (0, (4, 1.5)), "s"),
    "residual_part": ("residual part", (0, (1, 1.2)), "^"),
}
"""Name, dashes and mark of a quantity."""


def curvature_parts(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Largest eigenvalues of the curvature, its Gauss-Newton and its residual part against step; two sizes.

    Args:
        table: case, the scale, step, quantity ("effective_sharpness", "gauss_newton", "residual_part"), value, low and
            high (band; may be nan), limit (where the optimizer becomes unstable; nan for none).
        scale: Column that grows.
        sizes: All sizes of the page, by which colours are given; those of the table where empty.
    """
    rows = table[(table["value"] > 0) & table["quantity"].isin(LINES)] if len(table) else table
    if rows.empty:
        return message("The parts of the curvature were not both measured at a judged learning rate.")
    known, shown = all_sizes(table, scale, sizes), end_sizes(rows, scale)
    rows = rows[rows[scale].isin(shown)]
    with style():
        figure, axes = panels(list(dict.fromkeys(rows["case"])), height=2.6)
        first = next(iter(axes.values()))[0]
        low, high = float(rows["value"].min()), float(rows["value"].max())
        pad = max((high / low) ** 0.06, 1.03)
        ticks.logarithmic(first, low / pad, high * pad)
        ticks.steps(first, rows["step"].tolist())
        for case, (panel, *_) in axes.items():
            here = rows[rows["case"] == case]
            for (size, quantity), one in groups(here, scale, "quantity"):
                _draw(panel, one, quantity, color=size_colors(known)[size])
            mark_limit(panel, here["limit"].iloc[0])
        label_outer(figure, axes, x="step (updates made)", y="largest |eigenvalue|")
        handles = [
            Line2D([], [], color=MUTED, linestyle=dashes, marker=marker, markersize=3.5, label=name)
            for quantity, (name, dashes, marker) in LINES.items()
            if quantity in set(rows["quantity"])
        ]
        drawn = rows[rows["limit"].between(low / pad, high * pad)]
        legend_of(figure, [*handles, *size_handles(scale, shown, known), *limit_handles(drawn)], inches=1.7)
    return figure


def _draw(panel: Axes, rows: DataFrame, quantity: str, *, color: str) -> None:
    name, dashes, marker = LINES[quantity]
    panel.fill_between(rows["step"], rows["low"], rows["high"], color=color, alpha=0.12, linewidth=0)
    panel.plot(
        rows["step"], rows["value"], color=color, linestyle=dashes, marker=marker, markersize=3.5, label=name,
        markevery=max(1, len(rows) // 8), markeredgecolor="white",
    )  # fmt: skip
