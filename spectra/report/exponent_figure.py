"""How fast the losses fall: fitted exponents against size, one panel per case."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.groups import groups
from spectra.report.panels import label_outer, message, panels
from spectra.report.size_legend import all_sizes
from spectra.report.style import ALONE, BESIDE, MUTED, style
from spectra.report.titles import column_title, quantity_title

# Four series at most: two curves by two models, told apart by colour and by filled or open markers.
CURVE_COLORS = {"loss": ALONE, "test_loss": BESIDE}
MODELS = {"power": ("o", "no floor"), "floor": ("s", "with a floor")}


def loss_exponents(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Exponent of L = floor + amplitude * step^-exponent against size, with and without a floor.

    Args:
        table: case, the scale, curve ("loss", "test_loss"), model ("power" without a floor, "floor"), estimate, low,
            high.
        scale: Column that grows.
        sizes: All sizes of the page, which the axis spans; those of the table where empty.
    """
    rows = table[np.isfinite(table["estimate"].astype(float))] if len(table) else table
    if rows.empty:
        return message("No loss curve could be fitted by a power law.")
    with style():
        figure, axes = panels(list(dict.fromkeys(rows["case"])), height=2.4)
        first = next(iter(axes.values()))[0]
        ticks.octaves(first, all_sizes(rows, scale, sizes))
        _set_height(first, rows)
        for case, (panel, *_) in axes.items():
            _draw(panel, rows[rows["case"] == case], scale)
        label_outer(figure, axes, x=column_title(scale), y="exponent of the loss in steps")
        handles, labels = first.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=2, columnspacing=1.4)
    return figure


def _set_height(panel: Axes, rows: DataFrame) -> None:
    estimates = rows["estimate"].astype(float)
    reach = max(float(estimates.max() - estimates.min()), 0.25 * float(estimates.abs().max()), 1e-3)
    # An interval much longer than the spread of the estimates runs out of the panel and ends in an arrow.
    ends = rows[["low", "high"]].astype(float).replace([np.inf, -np.inf], np.nan)
    low = np.nanmax([np.nanmin([ends["low"].min(), estimates.min()]), estimates.min() - 2 * reach])
    high = np.nanmin([np.nanmax([ends["high"].max(), estimates.max()]), estimates.max() + 2 * reach])
    panel.set_ylim(low - 0.08 * (high - low) - 1e-6, high + 0.08 * (high - low) + 1e-6)


def _draw(panel: Axes, rows: DataFrame, scale: str) -> None:
    series = list(groups(rows, "curve", "model"))
    bottom, top = panel.get_ylim()
    for place, ((curve, model), here) in enumerate(series):
        marker, name = MODELS.get(model, ("D", str(model)))
        color = CURVE_COLORS.get(curve, MUTED)
        sizes = here[scale].astype(float) * 2 ** (0.14 * (place - (len(series) - 1) / 2))
        low, high = here["low"].astype(float).fillna(-np.inf), here["high"].astype(float).fillna(np.inf)
        panel.vlines(sizes, low.clip(bottom), high.clip(upper=top), color=color, linewidth=1.2)
        for beyond, edge, arrow in ((low < bottom, bottom, "v"), (high > top, top, "^")):
            if beyond.any():
                panel.plot(sizes[beyond], [edge] * int(beyond.sum()), arrow, color=color, markersize=4, clip_on=False)
        panel.plot(
            sizes, here["estimate"].astype(float), marker, color=color, markersize=5,
            markerfacecolor=color if model == "power" else "white", markeredgewidth=1.1,
            label=f"{quantity_title(curve)}, {name}",
        )  # fmt: skip
