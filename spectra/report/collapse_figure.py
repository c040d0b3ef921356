"""Loss curves divided by their own ends, and how their spread over sizes compares with that of seeds."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.figure_tables import collapse_curves, collapse_rows
from spectra.report.groups import groups
from spectra.report.panels import label_outer, message, panels, size_legend, staggered
from spectra.report.study import Study
from spectra.report.style import MUTED, size_colors, size_line_widths, size_marker_sizes, size_markers, style

RATIO = "#33508f"


def collapse_figure(study: Study) -> Figure:
    """Normalised curves, seed means with intervals; below them the spread over sizes in units of that over seeds."""
    curves, rows = collapse_curves(study), collapse_rows(study)
    if curves.empty or rows.empty:
        return message("The loss curves could not be normalised in any case.")
    cases = [case.title for case in study.cases if case.title in set(curves["case"])]
    with style():
        figure, axes = panels(cases, height=2.1, strip=0.55)
        upper, lower = next(iter(axes.values()))
        ticks.logarithmic(upper, 0.8 * float(curves["value"].min()), 1.2 * float(curves["value"].max()))
        ends = rows.loc[rows["judged"], ["ratio", "low", "high"]].to_numpy(dtype=np.float64)
        ends = ends[np.isfinite(ends) & (ends > 0)]
        ticks.logarithmic(lower, min([0.5, *ends]), max([2.0, *ends]), most=4)
        for case, (curve, ratio) in axes.items():
            _draw_curves(curve, curves[curves["case"] == case], study)
            _draw_ratio(ratio, rows[(rows["case"] == case) & rows["judged"]])
        label_outer(figure, axes, x="share of the training", y="loss over its last value", below="sizes over\nseeds")
        size_legend(figure, study.scale, sorted(curves[study.scale].unique()))
    return figure


def _draw_curves(panel: Axes, rows: DataFrame, study: Study) -> None:
    colors, markers, widths = size_colors(study.sizes), size_markers(study.sizes), size_line_widths(study.sizes)
    for (size,), here in groups(rows, study.scale):
        panel.fill_between(here["time"], here["low"], here["high"], color=colors[size], alpha=0.18, linewidth=0)
        panel.plot(
            here["time"], here["value"], color=colors[size], linewidth=widths[size], marker=markers[size],
            markeredgecolor="white", markersize=size_marker_sizes(study.sizes)[size],
            markevery=staggered(len(here), study.sizes.index(size), len(study.sizes)),
        )  # fmt: skip


def _draw_ratio(panel: Axes, rows: DataFrame) -> None:
    panel.axhline(1, color=MUTED, linestyle=(0, (5, 3)), linewidth=1.0)
    low, high = (rows[end].clip(*panel.get_ylim()) for end in ("low", "high"))
    panel.fill_between(rows["time"], low, high, color=RATIO, alpha=0.18, linewidth=0)
    panel.plot(rows["time"], rows["ratio"], color=RATIO)
