"""Loss curves divided by their own ends, and how their spread over sizes compares with that of seeds."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.groups import groups
from spectra.report.panels import label_outer, message, panels, staggered
from spectra.report.size_legend import DASHED, all_sizes, size_legend
from spectra.report.style import ALONE, MUTED, size_look, style


def collapses(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Normalised curves, seed means with intervals; below them the spread over sizes in units of that over seeds.

    Args:
        table: case, the scale, time (share of the training), value, low, high, and of the case at that time, the same
            for all sizes: ratio, ratio_low, ratio_high (nan where unknown), judged.
        scale: Column that grows.
        sizes: All sizes of the page, by which colours are given; those of the table where empty.
    """
    if table.empty or "ratio" not in table:
        return message("The loss curves could not be normalised in any case.")
    rows, known = table.drop_duplicates(["case", "time"]), all_sizes(table, scale, sizes)
    rows = rows[rows["judged"].eq(True)]
    with style():
        figure, axes = panels(list(dict.fromkeys(table["case"])), height=2.1, strip=0.55)
        upper, lower = next(iter(axes.values()))
        ticks.logarithmic(upper, 0.8 * float(table["value"].min()), 1.2 * float(table["value"].max()))
        ends = rows[["ratio", "ratio_low", "ratio_high"]].to_numpy(dtype=np.float64)
        ends = ends[np.isfinite(ends) & (ends > 0)]
        ticks.logarithmic(lower, min([0.5, *ends]), max([2.0, *ends]), most=4)
        for case, (curve, ratio) in axes.items():
            _draw_curves(curve, table[table["case"] == case], scale, known)
            _draw_ratio(ratio, rows[rows["case"] == case])
        label_outer(figure, axes, x="share of the training", y="loss over its last value", below="sizes over\nseeds")
        size_legend(figure, scale, table[scale].unique(), known)
    return figure


def _draw_curves(panel: Axes, rows: DataFrame, scale: str, sizes: list[float]) -> None:
    for (size,), here in groups(rows, scale):
        look, marks = size_look(size, sizes), staggered(len(here), sizes.index(size), len(sizes))
        panel.fill_between(here["time"], here["low"], here["high"], color=look["color"], alpha=0.18, linewidth=0)
        panel.plot(here["time"], here["value"], **look, markevery=marks)


def _draw_ratio(panel: Axes, rows: DataFrame) -> None:
    panel.axhline(1, color=MUTED, linestyle=DASHED, linewidth=1.0)
    low, high = (rows[end].clip(*panel.get_ylim()) for end in ("ratio_low", "ratio_high"))
    panel.fill_between(rows["time"], low, high, color=ALONE, alpha=0.18, linewidth=0)
    panel.plot(rows["time"], rows["ratio"], color=ALONE)
