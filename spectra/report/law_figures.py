"""Measurement on theory, one panel for every case: losses, exponents, spectra, targets."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.panels import (
    LINE,
    arrangement,
    cells,
    figure_width,
    line_letters,
    message,
    wrapped,
)
from spectra.report.size_legend import legend_of, marked_handles
from spectra.report.style import MUTED, escape, size_colors, size_line_widths, size_markers, style
from spectra.report.titles import column_title

LAW, EXACT = (0, (5, 2)), (0, (1, 1.8))
EXPECTED = "#b04a00"  # drawn on the measurement, which it often hides
NARROW_RANGE = 100  # a range in which powers of ten alone are too few ticks


def losses(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Loss against steps, with the law and the exact expectation.

    Args:
        table: case, the scale (0 where models have none), x, measured, law and expected (nan where there is none), from
            and to (window in which the exponent is measured; nan without one).
        scale: Column that grows.
        sizes: All sizes, by which colours are given; those of the table where empty.
    """
    return _curves(table, scale, sizes, x="step", y="loss")


def spectrum(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Eigenvalues of the tangent kernel at the start against their number.

    Args:
        table: case, the scale, x, measured, law, expected, from and to, as `losses` has them.
        scale: Column that grows.
        sizes: All sizes, by which colours are given; those of the table where empty.
    """
    return _curves(table, scale, sizes, x="number n", y="eigenvalue")


def target(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """What the target has in each eigenvector and all behind it, against its number.

    Args:
        table: case, the scale, x, measured, law, expected, from and to, as `losses` has them.
        scale: Column that grows.
        sizes: All sizes, by which colours are given; those of the table where empty.
    """
    return _curves(table, scale, sizes, x="number n", y="target from n on")


def exponents(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Measured exponents of the loss against the width, beside those of the law and of the exact expectation.

    Args:
        table: case, the scale (0 where models have none), quantity (drawn: "xi", the loss), measured, low, high, law
            and expected (nan where there is none).
        scale: Column that grows.
        sizes: All sizes, by which colours are given; those of the table where empty.
    """
    rows = table[table["quantity"] == "xi"] if len(table) else table
    if rows.empty:
        return message("No loss curve has points enough in the window to have an exponent.")
    rows, known = rows.rename(columns={scale: "width"}), _known(table, scale, sizes)
    titles = list(dict.fromkeys(rows["case"]))
    with style():
        figure, axes = _panels(titles, height=1.7)
        for axis, title in zip(axes, titles, strict=True):
            _draw_exponents(axis, rows[rows["case"] == title], known or [0.0])
        figure.supxlabel(escape(column_title(scale)) if known else "", fontsize=8.5)
        figure.supylabel("exponent of the loss", fontsize=8.5)
        _legend(figure, axes, [])
    return figure


FIGURES: dict[str, Callable[..., Figure]] = {
    "losses": losses, "exponents": exponents, "spectrum": spectrum, "target": target,
}  # fmt: skip


def _known(table: DataFrame, scale: str, sizes: Sequence[float]) -> list[float]:
    """The sizes by which colours are given; none where models have no size."""
    return sorted({*(sizes or table[scale].tolist())} - {0})


def _curves(table: DataFrame, scale: str, sizes: Sequence[float], *, x: str, y: str) -> Figure:
    rows = table[(table["x"] > 0) & (table["measured"] > 0)] if len(table) else table
    if rows.empty:
        return message("Nothing was measured that this figure could show.")
    rows, known = rows.rename(columns={scale: "width"}), _known(table, scale, sizes)
    titles = list(dict.fromkeys(rows["case"]))
    with style():
        figure, axes = _panels(titles, height=1.9)
        for axis, title in zip(axes, titles, strict=True):
            here = rows[rows["case"] == title]
            _draw(axis, here, known or [0.0])
            start, end = here[["from", "to"]].iloc[0]
            if np.isfinite(start):
                axis.axvspan(start, end, color="#eceff5", zorder=0.5, linewidth=0)
        figure.supxlabel(x, fontsize=8.5)
        figure.supylabel(y, fontsize=8.5)
        _legend(figure, axes, known)
    return figure


def _panels(titles: list[str], *, height: float) -> tuple[Figure, list[Axes]]:
    rows = arrangement(len(titles))
    # No line ends within "d = 2".
    joined = [title.replace(" = ", "\u00a0=\u00a0") for title in titles]
    letters = line_letters({1: 52, 2: 36, 3: 20}[max(rows)], max(2, len(titles)))
    lines = [wrapped(title, letters) for title in joined]
    extra = LINE * max(text.count("\n") for text in lines)
    figure = Figure(
        figsize=(figure_width(max(2, len(titles))), len(rows) * (height + extra) + 0.5), layout="constrained"
    )
    axes = [figure.add_subplot(place) for (place,) in cells(figure, len(titles))]
    for axis, text in zip(axes, lines, strict=True):
        axis.set_title(escape(text))
    return figure, axes


def _draw(axis: Axes, rows: DataFrame, widths: list[float]) -> None:
    colors, thick, markers = size_colors(widths), size_line_widths(widths), size_markers(widths)
    axis.set_xscale("log")
    axis.set_yscale("log")
    for width in sorted(set(rows["width"])):
        here = rows[rows["width"] == width]
        axis.plot(
            here["x"], here["measured"], color=colors[width], linewidth=thick[width], label="measured",
            marker=markers[width], markevery=max(1, len(here) // 6), markersize=3,
        )  # fmt: skip
    last = rows[rows["width"] == rows["width"].max()]
    if last["expected"].notna().any():
        exact = axis.plot(last["x"], last["expected"], color=EXPECTED, linestyle=EXACT, linewidth=1.1, zorder=3)
        exact[0].set_label("exact expectation")
    low, high = axis.get_ylim()
    if last["law"].notna().any():
        axis.plot(last["x"], last["law"], color=MUTED, linewidth=0.9, linestyle=LAW, label="law")
    if high < NARROW_RANGE * low:
        ticks.logarithmic(axis, low, high)
    axis.set_ylim(low, high)
    start, end = axis.get_xlim()
    if end < NARROW_RANGE * start:
        ticks.logarithmic_x(axis, start, end, most=4)


def _draw_exponents(axis: Axes, rows: DataFrame, known: list[float]) -> None:
    widths = sorted(rows["width"])
    colors, markers = size_colors(known), size_markers(known)
    for row in rows.to_dict("records"):
        place = row["width"] or 1
        axis.plot([place, place], [row["low"], row["high"]], color=colors[row["width"]], linewidth=1.3)
        axis.plot(place, row["measured"], markers[row["width"]], color=colors[row["width"]], markersize=4.5)
    if widths[-1]:
        axis.set_xscale("log", base=2)
        axis.set_xticks(widths, [f"{width:g}" for width in widths])
        axis.minorticks_off()
    else:
        axis.set_xticks([])
    axis.margins(x=0.25)
    looks = {"law": (MUTED, LAW, "law"), "expected": (EXPECTED, EXACT, "exact expectation")}
    for name, (color, dashes, label) in looks.items():
        if np.isfinite(rows[name].iloc[0]):
            axis.axhline(rows[name].iloc[0], color=color, linewidth=0.9, linestyle=dashes, label=label)


def _legend(figure: Figure, axes: Sequence[Axes], widths: list[float]) -> None:
    """Widths, if there are any, else what is measured; and the lines of theory that are drawn in some panel."""
    found = {str(line.get_label()): line for axis in reversed(axes) for line in axis.lines}
    names = [*([] if widths else ["measured"]), "exact expectation", "law"]
    handles = [*marked_handles("width", widths, widths), *(found[name] for name in names if name in found)]
    if handles:
        legend_of(figure, handles, inches=1.25)
