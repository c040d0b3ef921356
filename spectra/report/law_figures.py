"""Measurement on theory, one panel for every case: losses, exponents, spectra, targets."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.groups import groups
from spectra.report.panels import LINE, arrangement, cells, figure_width, line_letters, message, wrapped
from spectra.report.size_legend import legend_of, marked_handles
from spectra.report.style import BESIDE, MUTED, escape, size_colors, size_line_widths, size_markers, style
from spectra.report.titles import column_title

LAW, EXACT = (0, (5, 2)), (0, (1, 1.8))
EXPECTED = BESIDE  # drawn on the measurement, which it often hides
NARROW_RANGE = 100  # a range in which powers of ten alone are too few ticks
AXES = {"losses": ("step", "loss"), "spectrum": ("number n", "eigenvalue"), "target": ("number n", "target from n on")}
"""What stands at the two axes of a figure of curves."""


def losses(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Loss against steps, with the law and the exact expectation.

    Args:
        table: case, the scale (0 where models have none), x, measured, law and expected (nan where there is none), from
            and to (window in which the exponent is measured; nan without one).
        scale: Column that grows.
        sizes: All sizes, by which colours are given; those of the table where empty.
    """
    return _curves(table, scale, sizes, AXES["losses"])


def spectrum(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """Eigenvalues of the tangent kernel at the start against their number.

    Args:
        table: case, the scale, x, measured, law, expected, from and to, as `losses` has them.
        scale: Column that grows.
        sizes: All sizes, by which colours are given; those of the table where empty.
    """
    return _curves(table, scale, sizes, AXES["spectrum"])


def target(table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = ()) -> Figure:
    """What the target has in each eigenvector and all behind it, against its number.

    Args:
        table: case, the scale, x, measured, law, expected, from and to, as `losses` has them.
        scale: Column that grows.
        sizes: All sizes, by which colours are given; those of the table where empty.
    """
    return _curves(table, scale, sizes, AXES["target"])


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
    known, titles = _known(table, scale, sizes), list(dict.fromkeys(rows["case"]))
    with style():
        figure, axes = _panels(titles, height=1.7)
        for axis, title in zip(axes, titles, strict=True):
            _draw_exponents(axis, rows[rows["case"] == title], scale, known or [0.0])
        figure.supxlabel(escape(column_title(scale)) if known else "", fontsize=8.5)
        figure.supylabel("exponent of the loss", fontsize=8.5)
        _legend(figure, axes, scale, [])
    return figure


LAW_FIGURES: dict[str, Callable[..., Figure]] = {
    "losses": losses, "exponents": exponents, "spectrum": spectrum, "target": target,
}  # fmt: skip


def _known(table: DataFrame, scale: str, sizes: Sequence[float]) -> list[float]:
    """The sizes by which colours are given; none where models have no size."""
    return sorted({*(sizes or table[scale].tolist())} - {0})


def _curves(table: DataFrame, scale: str, sizes: Sequence[float], names: tuple[str, str]) -> Figure:
    rows = table[(table["x"] > 0) & (table["measured"] > 0)] if len(table) else table
    if rows.empty:
        return message("Nothing was measured that this figure could show.")
    known, titles = _known(table, scale, sizes), list(dict.fromkeys(rows["case"]))
    with style():
        figure, axes = _panels(titles, height=1.9)
        for axis, title in zip(axes, titles, strict=True):
            here = rows[rows["case"] == title]
            _draw(axis, here, scale, known or [0.0])
            start, end = here[["from", "to"]].iloc[0]
            if np.isfinite(start):
                axis.axvspan(start, end, color="#eceff5", zorder=0.5, linewidth=0)
        figure.supxlabel(names[0], fontsize=8.5)
        figure.supylabel(names[1], fontsize=8.5)
        _legend(figure, axes, scale, known)
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


def _draw(axis: Axes, rows: DataFrame, scale: str, sizes: list[float]) -> None:
    colors, thick, markers = size_colors(sizes), size_line_widths(sizes), size_markers(sizes)
    axis.set_xscale("log")
    axis.set_yscale("log")
    for (size,), here in groups(rows, scale):
        axis.plot(
            here["x"], here["measured"], color=colors[size], linewidth=thick[size], label="measured",
            marker=markers[size], markevery=max(1, len(here) // 6), markersize=3,
        )  # fmt: skip
    last = rows[rows[scale] == rows[scale].max()]
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


def _draw_exponents(axis: Axes, rows: DataFrame, scale: str, known: list[float]) -> None:
    sizes = sorted(rows[scale])
    colors, markers = size_colors(known), size_markers(known)
    for row in rows.to_dict("records"):
        size = row[scale]
        axis.plot([size or 1, size or 1], [row["low"], row["high"]], color=colors[size], linewidth=1.3)
        axis.plot(size or 1, row["measured"], markers[size], color=colors[size], markersize=4.5)
    if sizes[-1]:
        axis.set_xscale("log", base=2)
        axis.set_xticks(sizes, [f"{size:g}" for size in sizes])
        axis.minorticks_off()
    else:
        axis.set_xticks([])
    axis.margins(x=0.25)
    looks = {"law": (MUTED, LAW, "law"), "expected": (EXPECTED, EXACT, "exact expectation")}
    for name, (color, dashes, label) in looks.items():
        if np.isfinite(rows[name].iloc[0]):
            axis.axhline(rows[name].iloc[0], color=color, linewidth=0.9, linestyle=dashes, label=label)


def _legend(figure: Figure, axes: Sequence[Axes], scale: str, sizes: list[float]) -> None:
    """Sizes, if there are any, else what is measured; and the lines of theory that are drawn in some panel."""
    found = {str(line.get_label()): line for axis in reversed(axes) for line in axis.lines}
    names = [*([] if sizes else ["measured"]), "exact expectation", "law"]
    handles = [*marked_handles(scale, sizes, sizes), *(found[name] for name in names if name in found)]
    if handles:
        legend_of(figure, handles, inches=1.25)
