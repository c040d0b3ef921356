"""How large the outputs of layers are, and how much they change, against the size of the network."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from pandas import DataFrame

from spectra.plain_text import clean
from spectra.report import ticks
from spectra.report.coordinate_figure import TITLES, shortened
from spectra.report.panels import label_outer, message, panels
from spectra.report.size_legend import DASHED, legend_of
from spectra.report.style import MUTED, entry_look, escape, style
from spectra.report.titles import column_title

LETTER, MARK = 0.062, 0.5
"""Inches that a letter of the legend takes, and a line with the space around it."""


def layer_values(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Root mean square of every layer's output at the start and of its change, and the power that is predicted.

    Args:
        table: layer, quantity ("size" or "change"), the scale, value, low and high (band; may be nan), predicted (what
            the predicted power makes of the value of the smallest size; nan for none).
        scale: Column that grows.
        sizes: Not used: sizes lie on the axis.
    """
    del sizes
    if table.empty:
        return message("No layer has a value that a logarithmic axis can hold.")
    layers = list(dict.fromkeys(table["layer"]))
    named = {quantity: TITLES.get(quantity, clean(quantity)) for quantity in dict.fromkeys(table["quantity"])}
    with style():
        figure, axes = panels(list(named.values()), height=2.6)
        first = next(iter(axes.values()))[0]
        ticks.octaves(first, table[scale].tolist())
        heights = table[["value", "predicted"]].to_numpy(dtype=np.float64)
        heights = heights[np.isfinite(heights)]
        ticks.logarithmic(first, 0.8 * float(heights.min()), 1.25 * float(heights.max()))
        for quantity, title in named.items():
            rows = table[table["quantity"] == quantity]
            for place, layer in enumerate(layers):
                _draw(axes[title][0], rows[rows["layer"] == layer], scale, place, len(layers))
        label_outer(figure, axes, x=column_title(scale), y="root mean square of the output")
        _legend(figure, layers, predicted=bool(table["predicted"].notna().any()))
    return figure


def _draw(panel: Axes, rows: DataFrame, scale: str, place: int, count: int) -> None:
    look = entry_look(place, count)
    panel.plot(rows[scale], rows["predicted"], color=look["color"], linestyle=DASHED, linewidth=0.9, label="predicted")
    panel.fill_between(rows[scale], rows["low"], rows["high"], color=look["color"], alpha=0.12, linewidth=0)
    panel.plot(rows[scale], rows["value"], markersize=4.5, label="measured", **look)


def _legend(figure: Figure, layers: Sequence[str], *, predicted: bool) -> None:
    names = [shortened(layer) for layer in layers]
    handles = [Line2D([], [], label=escape(name), **entry_look(place, len(names))) for place, name in enumerate(names)]
    if predicted:
        handles.append(Line2D([], [], color=MUTED, linestyle=DASHED, linewidth=0.9, label="predicted power"))
    legend_of(figure, handles, inches=MARK + LETTER * max(map(len, [*names, "predicted power"])))
