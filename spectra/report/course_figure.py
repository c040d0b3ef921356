"""Curves along training, one panel per case, colour and marker by size."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.figure_tables import course_rows
from spectra.report.groups import groups
from spectra.report.panels import label_outer, message, panels, size_legend, staggered
from spectra.report.question import limited
from spectra.report.study import Study
from spectra.report.style import MUTED, size_colors, size_line_widths, size_marker_sizes, size_markers, style
from spectra.report.words import entry_title, number


def course(study: Study, quantity: str, index: int = 0) -> Figure:
    """A quantity against step, with the stability limit of every optimizer if it is the effective sharpness."""
    rows = course_rows(study, quantity, index)
    if rows.empty:
        return message(f"No run at a judged learning rate has a positive, finite {entry_title(quantity, index)}.")
    limits = limits_of(study, quantity, index)
    cases = [case.title for case in study.cases if case.title in set(rows["case"])]
    with style():
        figure, axes = panels(cases, height=2.5)
        _set_axes(next(iter(axes.values()))[0], rows, list(dict.fromkeys(limits.values())))
        for case, (panel, *_) in axes.items():
            _draw(panel, rows[rows["case"] == case], study)
            if case in limits:
                _mark_limit(panel, limits[case], named=case == cases[0] or len(set(limits.values())) > 1)
        label_outer(figure, axes, x="step (updates made)", y=_axis_name(quantity, index))
        size_legend(figure, study.scale, sorted(rows[study.scale].unique()))
    return figure


def limits_of(study: Study, quantity: str, index: int = 0) -> dict[str, float]:
    """Stability limits by the titles of the cases; none where they are not limits of this quantity."""
    found = {case.title: case.limit for case in study.cases if case.limit is not None}
    return {title: limit for title, limit in found.items() if limited(quantity, index, limit)}


def _axis_name(quantity: str, index: int) -> str:
    return entry_title(quantity, index) + (" (nats)" if quantity in ("loss", "test_loss") else "")


def _set_axes(panel: Axes, rows: DataFrame, limits: list[float]) -> None:
    low, high = float(rows["value"].min()), float(rows["value"].max())
    for limit in limits:
        # The limit belongs to the picture unless it would leave the data less than a third of the height.
        wide = math.log(max(high, limit) / min(low, limit)) <= 3 * max(math.log(high / low), math.log(1.5))
        low, high = (min(low, limit), max(high, limit)) if wide else (low, high)
    pad = max((high / low) ** 0.06, 1.03)
    # The name of the limit stands above all data.
    head = (high / low) ** 0.12 * pad if limits else pad
    ticks.logarithmic(panel, low / pad, high * head)
    ticks.steps(panel, rows["step"].tolist())


def _draw(panel: Axes, rows: DataFrame, study: Study) -> None:
    colors, markers, widths = size_colors(study.sizes), size_markers(study.sizes), size_line_widths(study.sizes)
    for (size,), here in groups(rows[rows["run"] == ""], study.scale):
        panel.fill_between(here["step"], here["low"], here["high"], color=colors[size], alpha=0.18, linewidth=0)
        marks = staggered(here["step"].nunique(), study.sizes.index(size), len(study.sizes))
        panel.plot(
            here["step"], here["value"], color=colors[size], marker=markers[size], markevery=marks,
            linewidth=widths[size], markeredgecolor="white", markersize=size_marker_sizes(study.sizes)[size],
            label=f"{study.scale} {number(size, 6)}",
        )  # fmt: skip
    for (_, size), run in groups(rows[rows["run"] != ""], "run", study.scale):
        panel.plot(run["step"], run["value"], color=colors[size], linewidth=0.7, linestyle=":")
        panel.plot(run["step"].iloc[-1:], run["value"].iloc[-1:], "x", color=colors[size], markeredgewidth=1.2)


def _mark_limit(panel: Axes, limit: float, *, named: bool) -> None:
    low, high = panel.get_ylim()
    inside = low <= limit <= high
    shown = min(max(limit, low), high)
    panel.axhline(shown, color=MUTED, linestyle=(0, (5, 3)), linewidth=1.0, zorder=1.5)
    if named:
        where = "" if inside else " (above this axis)" if limit > high else " (below this axis)"
        panel.annotate(
            f"dashed: stability limit {number(limit)}{where}", (1, 1), xycoords="axes fraction", xytext=(-3, -3),
            textcoords="offset points", ha="right", va="top", color=MUTED, fontsize=7.5,
        )  # fmt: skip
