"""How far every size is from infinite size, in units of how far seeds are from each other."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.groups import groups
from spectra.report.panels import label_outer, message, panels
from spectra.report.sign_marks import mark_negative
from spectra.report.size_legend import DASHED, legend_of
from spectra.report.style import ALONE, INK, MUTED, escape, style
from spectra.report.titles import column_title
from spectra.report.words import number

START, END = "#9aa3b2", ALONE
REACH = 30.0
"""Factor below the smallest ratio down to which an interval that holds zero is drawn."""


def size_gaps(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """|Gap| to infinite size over the deviation of seeds against size, at the first and the last checkpoint.

    Args:
        table: case, the scale, step, ratio, ratio_low, ratio_high, model (what the power of the size says), power.
        scale: Column that grows.
        sizes: Not used: sizes lie on the axis.
    """
    del sizes
    rows = table[table["ratio"] > 0] if len(table) else table
    if rows.empty:
        return message("No gap to infinite size could be set against the scatter of seeds.")
    with style():
        figure, axes = panels(list(dict.fromkeys(rows["case"])), height=2.3)
        first = next(iter(axes.values()))[0]
        ticks.octaves(first, rows[scale].tolist())
        low, high = _heights(rows)
        ticks.logarithmic(first, low, high)
        for case, (panel, *_) in axes.items():
            here = rows[rows["case"] == case]
            panel.axhline(1, color=MUTED, linewidth=0.9, linestyle=":", zorder=1.5)
            for (step,), one in groups(here, "step"):
                last = step == here["step"].max()
                _draw(panel, one, scale, low, color=END if last else START, marker="o" if last else "s")
            panel.annotate(
                _power(scale, float(here["power"].iloc[0])), (1, 1), xycoords="axes fraction", xytext=(-3, -3),
                textcoords="offset points", ha="right", va="top", color=INK, fontsize=7.5,
            )  # fmt: skip
        label_outer(figure, axes, x=column_title(scale), y="gap to infinite size\nover deviation of seeds")
        several = bool((rows.groupby("case")["step"].nunique() > 1).any())
        legend_of(figure, _handles()[0 if several else 1 :], inches=1.6)
    return figure


def _power(scale: str, power: float) -> str:
    """The law of the gap, without mathematics: a scale is a user's word."""
    size = column_title(scale)
    below = {0.5: f"√{size}", 1.0: size}.get(power, f"{size}^{number(power)}")
    return escape(f"gap ∝ 1/{below}")


def _heights(rows: DataFrame) -> tuple[float, float]:
    smallest, largest = float(rows["ratio"].min()), float(rows["ratio_high"].max())
    ends = rows["ratio_low"][rows["ratio_low"] > 0]
    low = max(min([smallest, *ends]), smallest / REACH)
    bottom = min(low / 1.3, 0.7)
    # Above the gaps stand words.
    return bottom, max(largest * max(1.6, (largest / bottom) ** 0.2), 1.5)


def _draw(panel: Axes, rows: DataFrame, scale: str, floor: float, *, color: str, marker: str) -> None:
    reach = np.array([rows["ratio"] - rows["ratio_low"].clip(lower=floor), rows["ratio_high"] - rows["ratio"]])
    # Two checkpoints of one size lie side by side.
    places = rows[scale].astype(float) * (1.04 if color == END else 0.96)
    panel.errorbar(
        places, rows["ratio"], yerr=reach.clip(0), color=color, marker=marker, linestyle="",
        elinewidth=1.1, markeredgecolor="white", markersize=5, label=f"step {number(rows['step'].iloc[0], 6)}",
    )  # fmt: skip
    if "gap" in rows:
        mark_negative(panel, rows.assign(place=places), x="place", y="ratio", size=3.5, color="white")
    panel.plot(rows[scale], rows["model"], color=color, linestyle=DASHED, linewidth=0.9, label="model")


def _handles() -> list[Line2D]:
    return [
        Line2D([], [], color=START, marker="s", linestyle="", label="first checkpoint"),
        Line2D([], [], color=END, marker="o", linestyle="", label="last checkpoint"),
        Line2D([], [], color=MUTED, linestyle=DASHED, linewidth=0.9, label="power of the size"),
        Line2D([], [], color=MUTED, linestyle=":", linewidth=0.9, label="as much as seeds"),
    ]
