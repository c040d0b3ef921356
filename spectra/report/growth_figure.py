"""How much a quantity grows in training at every size, and how far kernel and weights move."""

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.groups import groups
from spectra.report.panels import label_outer, message, panels, wrapped
from spectra.report.size_legend import DASHED, all_sizes
from spectra.report.style import ALONE, BESIDE, MUTED, style
from spectra.report.titles import column_title, entry_title, is_loss, quantity_title

MOVED = {"kernel_movement": (BESIDE, "s"), "weight_movement": ("#2e7d4f", "^")}


def growth(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Factor of growth from the first checkpoint to the plateau against size; below it movement, where measured.

    Args:
        table: case, quantity and index (one where there is a factor), the scale, factor, low, high (interval), and
            movement of "kernel_movement" or "weight_movement". A row has a factor or a movement.
        scale: Column that grows.
        sizes: All sizes of the page, which the axis spans; those of the table where empty.
    """
    rows = table[table["movement"].isna()] if len(table) else table
    if rows.empty or not np.isfinite(rows["factor"]).any():
        return message("The growth could not be told in any case.")
    moved = table[table["movement"].notna() & table["quantity"].isin(MOVED)]
    with style():
        figure, axes = panels(list(dict.fromkeys(rows["case"])), height=1.9, strip=0.0 if moved.empty else 0.7)
        upper = next(iter(axes.values()))[0]
        ends = rows[["factor", "low", "high"]].to_numpy(dtype=np.float64)
        ends = ends[np.isfinite(ends) & (ends > 0)]
        ticks.octaves(upper, all_sizes(table, scale, sizes))
        ticks.logarithmic(upper, min(0.95, float(ends.min()) / 1.1), max(1.05, float(ends.max()) * 1.1))
        for case, stack in axes.items():
            _draw_growth(stack[0], rows[rows["case"] == case], scale)
            for below in stack[1:]:
                _draw_movement(below, moved[moved["case"] == case], scale)
        quantity = str(rows["quantity"].iloc[0])
        named = wrapped(entry_title(quantity, int(rows["index"].iloc[0])), 24)
        grown = direction(quantity, rows["factor"]) == "growth"
        change = "growth of the" if grown else "plateau over start of the"
        label_outer(figure, axes, x=column_title(scale), y=f"{change}\n{named}", below="movement")
        for below in next(iter(axes.values()))[1:]:
            ticks.logarithmic(below, *_movement_ends(moved), most=4)
        _legend(figure, moved)
    return figure


def direction(quantity: str, factors: Iterable[float]) -> str:
    """Whether a quantity falls, grows or only changes: a loss falls, others as all their known factors say."""
    known = [factor for factor in factors if np.isfinite(factor)]
    if is_loss(quantity) or (known and max(known) < 1):
        return "fall"
    return "growth" if not known or min(known) >= 1 else "change"


def _legend(figure: Figure, moved: DataFrame) -> None:
    found = set(moved["quantity"])
    handles = [
        Line2D([], [], color=color, marker=marker, markeredgecolor="white", label=quantity_title(name))
        for name, (color, marker) in MOVED.items()
        if name in found
    ]
    if handles:
        figure.legend(handles=handles, loc="outside upper center", ncols=2)


def _movement_ends(moved: DataFrame) -> tuple[float, float]:
    middle = moved["movement"].astype(float)
    middle = middle[middle > 0]
    if middle.empty:
        return 0.1, 1.0
    # An interval that reaches zero is drawn for a factor of ten at most.
    low = min(float(middle.min()), float(moved["low"].clip(lower=middle.min() / 10).min()))
    return low / 1.2, 1.2 * max(float(middle.max()), float(moved["high"].max()))


def _draw_growth(panel: Axes, rows: DataFrame, scale: str) -> None:
    middle, low, high = (rows[name].to_numpy(float) for name in ("factor", "low", "high"))
    panel.axhline(1, color=MUTED, linewidth=1.0, linestyle=DASHED)
    panel.errorbar(
        rows[scale], middle, yerr=np.array([middle - low, high - middle]), color=ALONE, marker="o",
        markeredgecolor="white", elinewidth=1.1, label="growth",
    )  # fmt: skip


def _draw_movement(panel: Axes, rows: DataFrame, scale: str) -> None:
    for (name,), here in groups(rows, "quantity"):
        color, marker = MOVED[name]
        middle, low, high = (here[name].to_numpy(float) for name in ("movement", "low", "high"))
        reach = np.array([middle - np.maximum(low, middle / 10), high - middle])
        panel.errorbar(
            here[scale], middle, yerr=reach, color=color, marker=marker, markeredgecolor="white",
            elinewidth=1.1, label=quantity_title(name),
        )  # fmt: skip
