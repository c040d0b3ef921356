"""A coordinate check as a figure: the power of the size that every layer follows, beside the one that it should."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from pandas import DataFrame

from spectra.plain_text import clean
from spectra.report.panels import label_outer, message, panels
from spectra.report.style import ALARM, ALONE, MUTED, escape, style
from spectra.report.titles import column_title
from spectra.verdicts.size_exponents import AT_LEAST, AT_MOST, FAIL, PASS, UNJUDGED

TITLES = {"size": "size at the start", "change": "change after the updates"}
WORDS = {PASS: "pass", FAIL: "fail", "": "open", UNJUDGED: "not judged"}
MARKS = {PASS: (ALONE, ALONE, "o"), FAIL: (ALARM, ALARM, "X"), "": (ALONE, "white", "o"), UNJUDGED: (MUTED, MUTED, "d")}
"""Colour, face and mark of a verdict; the empty one is every other."""
ZONE = "#e3e7ef"
ROW = 0.21  # inches
LAYER = 30  # letters of the name of a layer


def coordinate_exponents(
    table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = (), tolerance: float = 0.15
) -> Figure:
    """Exponents of every layer with their intervals on the zones of what is allowed, a panel for each quantity.

    Args:
        table: `exponents` of a `spectra.checks.CoordinateCheck`: layer, quantity ("size" or "change"), exponent, low,
            high, predicted (nan where nothing is), relation ("equal", "at least", "at most"), verdict; and, in files of
            pages, tolerance.
        scale: Column that grows.
        sizes: Not used: exponents are over all sizes.
        tolerance: Distance from the prediction that was allowed, where the table has no such column.
    """
    del sizes
    tolerance = float(table["tolerance"].iloc[0]) if "tolerance" in table and len(table) else tolerance
    if table.empty:
        return message("No layer was measured.")
    layers, quantities = list(dict.fromkeys(table["layer"])), list(dict.fromkeys(table["quantity"]))
    with style():
        named = {quantity: TITLES.get(quantity, clean(quantity)) for quantity in quantities}
        figure, axes = panels(list(named.values()), height=0.55 + ROW * len(layers))
        first = next(iter(axes.values()))[0]
        first.set_yticks(range(len(layers)), [escape(shortened(layer)) for layer in layers])
        first.set_ylim(len(layers) - 0.4, -0.6)
        first.set_xlim(*_ends(table, tolerance))
        for quantity, title in named.items():
            for row in table[table["quantity"] == quantity].to_dict("records"):
                place = layers.index(row["layer"])
                _draw_zone(axes[title][0], place, row["predicted"], row["relation"], tolerance)
                _draw(axes[title][0], place, row["exponent"], (row["low"], row["high"]), row["verdict"])
        label_outer(figure, axes, x=f"exponent e, value ∝ {column_title(scale)}ᵉ", y="")
        _legend(figure, table)
    return figure


def shortened(layer: str) -> str:
    """The name of a layer without its middle, if it is long."""
    layer = clean(layer)
    return layer if len(layer) <= LAYER else f"{layer[: LAYER // 3]}…{layer[-(2 * LAYER // 3) + 1 :]}"


def _ends(table: DataFrame, tolerance: float) -> tuple[float, float]:
    """Ends of the axis: all zones and exponents, and intervals as far as twice their range."""
    predicted = table["predicted"].dropna()
    ends = [*table["exponent"], *(predicted - tolerance), *(predicted + tolerance)]
    shown = [end for end in ends if math.isfinite(end)] or [0.0]
    reach = max(max(shown) - min(shown), 4 * tolerance)
    low = max(float(table["low"].replace(-np.inf, np.nan).min(skipna=True)), min(shown) - reach)
    high = min(float(table["high"].replace(np.inf, np.nan).max(skipna=True)), max(shown) + reach)
    low, high = np.nanmin([low, *shown]), np.nanmax([high, *shown])
    return float(low - 0.05 * reach), float(high + 0.05 * reach)


def _draw_zone(panel: Axes, place: int, predicted: float, relation: str, tolerance: float) -> None:
    if math.isnan(predicted):
        return
    low, high = panel.get_xlim()
    low = low if relation == AT_MOST else predicted - tolerance
    high = high if relation == AT_LEAST else predicted + tolerance
    panel.add_patch(Rectangle((low, place - 0.38), high - low, 0.76, facecolor=ZONE, linewidth=0, zorder=0.8))
    panel.plot([predicted, predicted], [place - 0.38, place + 0.38], color=MUTED, linewidth=0.9, label="predicted")


def _draw(panel: Axes, place: int, exponent: float, ends: tuple[float, float], verdict: str) -> None:
    color, face, marker = MARKS.get(verdict, MARKS[""])
    low, high = panel.get_xlim()
    inside = [min(max(end, low), high) for end in ends if not math.isnan(end)]
    panel.plot(inside, [place] * len(inside), color=color, linewidth=1.2, label="interval")
    panel.plot(
        [min(max(exponent, low), high)], [place], marker, color=color, markerfacecolor=face, markersize=5,
        markeredgecolor=color, zorder=3, label=verdict, clip_on=False,
    )  # fmt: skip


def _legend(figure: Figure, table: DataFrame) -> None:
    found = {verdict if verdict in MARKS else "" for verdict in table["verdict"]}
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=color, markerfacecolor=face, marker=marker, label=WORDS[verdict])
        for verdict, (color, face, marker) in MARKS.items()
        if verdict in found
    ]
    handles.append(Patch(facecolor=ZONE, label="allowed"))
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), columnspacing=1.4)
