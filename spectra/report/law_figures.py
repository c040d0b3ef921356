"""Measurement on theory, one panel for every case: losses, exponents, spectra, targets."""

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame, Series

from spectra.report import ticks
from spectra.report.law_cases import Case
from spectra.report.law_comparison import expected, law_values, spectra, tails
from spectra.report.law_study import LawStudy
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

LAW, EXACT = (0, (5, 2)), (0, (1, 1.8))
EXPECTED = "#b04a00"  # drawn on the measurement, which it often hides
NARROW_RANGE = 100  # a range in which powers of ten alone are too few ticks
SHOWN = 80  # points of a curve at most


def losses(study: LawStudy) -> Figure:
    """Loss against steps."""
    return _figure(study, "xi", lambda case: list(case.samples(case.quantity, "step")), x="step", y="loss")


def spectrum(study: LawStudy) -> Figure:
    """Eigenvalues of the tangent kernel at the start against their number."""
    return _figure(study, "nu", spectra, x="number n", y="eigenvalue")


def target(study: LawStudy) -> Figure:
    """What the target has in each eigenvector and all behind it, against its number."""
    return _figure(study, "kappa", tails, x="number n", y="target from n on")


def exponents(study: LawStudy) -> Figure:
    """Measured exponents of the loss against the width, beside those of the law and of the exact expectation."""
    rows = study.exponents[study.exponents["quantity"] == "xi"]
    cases = [case for case in study.cases if case.title in set(rows["case"])]
    if not cases:
        return message("No loss curve has points enough in the window to have an exponent.")
    with style():
        figure, axes = _panels([case.title for case in cases], height=1.7)
        for axis, case in zip(axes, cases, strict=True):
            _draw_exponents(axis, rows[rows["case"] == case.title], study.widths or [0.0])
        figure.supxlabel("width" if study.widths else "", fontsize=8.5)
        figure.supylabel("exponent of the loss", fontsize=8.5)
        _legend(figure, axes, [])
    return figure


FIGURES: dict[str, Callable[[LawStudy], Figure]] = {
    "losses": losses, "exponents": exponents, "spectrum": spectrum, "target": target,
}  # fmt: skip


def drawn_rows(study: LawStudy, quantity: str, lists: Callable[[Case], list[tuple[float, DataFrame]]]) -> DataFrame:
    """What a figure draws: case, width, x, mean over repetitions, law and exact expectation."""
    parts, shown = [], set(study.exponents.loc[study.exponents["quantity"] == quantity, "case"])
    for case in study.cases:
        if quantity != "xi" and case.title not in shown:
            continue
        for width, samples in lists(case):
            mean = _thinned(samples.mean(axis=1))
            x = mean.index.to_numpy(dtype=np.float64)
            parts += [
                (case.title, width, *numbers)
                for numbers in zip(x, mean, law_values(case, quantity, x), expected(case, quantity, x), strict=True)
            ]
    return DataFrame(parts, columns=["case", "width", "x", "measured", "law", "expected"])


def _figure(
    study: LawStudy, quantity: str, lists: Callable[[Case], list[tuple[float, DataFrame]]], *, x: str, y: str
) -> Figure:
    rows = drawn_rows(study, quantity, lists)
    rows = rows[(rows["x"] > 0) & (rows["measured"] > 0)]
    if rows.empty:
        return message("Nothing was measured that this figure could show.")
    titles = [title for title, _ in groupby(rows["case"])]
    window = study.exponents[study.exponents["quantity"] == quantity].set_index("case")
    with style():
        figure, axes = _panels(titles, height=1.9)
        for axis, title in zip(axes, titles, strict=True):
            _draw(axis, rows[rows["case"] == title], study)
            if title in window.index:
                here = window.loc[[title]].iloc[0]
                axis.axvspan(here["from"], here["to"], color="#eceff5", zorder=0.5, linewidth=0)
        figure.supxlabel(x, fontsize=8.5)
        figure.supylabel(y, fontsize=8.5)
        _legend(figure, axes, study.widths)
    return figure


def _panels(titles: list[str], *, height: float) -> tuple[Figure, list[Axes]]:
    rows = arrangement(len(titles))
    beside = [here for here in rows for _ in range(here)]
    # No line ends within "d = 2".
    joined = [title.replace(" = ", "\u00a0=\u00a0") for title in titles]
    letters = [line_letters({1: 52, 2: 36, 3: 20}[here], max(2, len(titles))) for here in beside]
    lines = [wrapped(*line) for line in zip(joined, letters, strict=True)]
    extra = LINE * max(text.count("\n") for text in lines)
    figure = Figure(
        figsize=(figure_width(max(2, len(titles))), len(rows) * (height + extra) + 0.5), layout="constrained"
    )
    axes = [figure.add_subplot(place) for (place,) in cells(figure, len(titles))]
    for axis, text in zip(axes, lines, strict=True):
        axis.set_title(escape(text))
    return figure, axes


def _draw(axis: Axes, rows: DataFrame, study: LawStudy) -> None:
    widths = study.widths or [0.0]
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


def _thinned(values: "Series[float]") -> "Series[float]":
    """At most some points, evenly spaced in the logarithm of their places."""
    if len(values) <= SHOWN:
        return values
    places = np.unique(np.geomspace(1, len(values), SHOWN).round().astype(int)) - 1
    return values.iloc[places]
