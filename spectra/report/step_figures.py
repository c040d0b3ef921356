"""Curves along training: the judged quantity and the loss, one panel per regime, colour and marker by size."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.report import ticks
from spectra.report.figure_tables import step_rows
from spectra.report.groups import groups
from spectra.report.panels import label_outer, message, panels, size_legend
from spectra.report.study import Study
from spectra.report.style import MUTED, size_colors, size_line_widths, size_marker_sizes, size_markers, style
from spectra.report.words import number, quantity_title


def sharpness(study: Study) -> Figure:
    """The judged quantity against step, with the stability limit when it is the effective sharpness."""
    return _curves(study, study.quantity, study.stability_limit)


def loss(study: Study) -> Figure:
    """The training loss against step."""
    return _curves(study, "loss", None)


def drawable(rows: DataFrame) -> DataFrame:
    """Rows that a logarithmic axis can hold: finite and positive."""
    positive: DataFrame = rows[np.isfinite(rows["value"]) & (rows["value"] > 0)]
    return positive


def _curves(study: Study, quantity: str, limit: float | None) -> Figure:
    rows = drawable(step_rows(study, quantity))
    if rows.empty:
        return message(
            f"No run at learning rate {number(study.rate)} has a positive, finite {quantity_title(quantity)}."
        )
    regimes = [regime for regime in study.regimes if regime in set(rows["regime"])]
    with style():
        figure, axes = panels(regimes, height=2.5)
        _set_axes(next(iter(axes.values()))[0], rows, limit)
        for regime, (panel, *_) in axes.items():
            _draw(panel, rows[rows["regime"] == regime], study)
            if limit is not None:
                _mark_limit(panel, limit, named=regime == regimes[0])
        label_outer(figure, axes, x="step (updates made)", y=_axis_name(quantity))
        size_legend(figure, study.scale, sorted(rows[study.scale].unique()))
    return figure


def _axis_name(quantity: str) -> str:
    return quantity_title(quantity) + (" (nats)" if quantity in ("loss", "test_loss") else "")


def _set_axes(panel: Axes, rows: DataFrame, limit: float | None) -> None:
    low, high = float(rows["value"].min()), float(rows["value"].max())
    if limit is not None:
        # The limit belongs to the picture unless it would leave the data less than a third of the height.
        wide = math.log(max(high, limit) / min(low, limit)) <= 3 * max(math.log(high / low), math.log(1.5))
        low, high = (min(low, limit), max(high, limit)) if wide else (low, high)
    pad = max((high / low) ** 0.06, 1.03)
    # The name of the limit stands above its line.
    head = pad**2.5 if limit is not None and high < limit * pad else pad
    ticks.logarithmic(panel, low / pad, high * head)
    ticks.steps(panel, rows["step"].tolist())


def _draw(panel: Axes, rows: DataFrame, study: Study) -> None:
    import seaborn

    colors, markers, widths = size_colors(study.sizes), size_markers(study.sizes), size_line_widths(study.sizes)
    steady = rows[~rows["diverged"]]
    for (size,), here in groups(steady, study.scale):
        # On a logarithmic axis seaborn averages logarithms: the line is the geometric mean over seeds.
        seaborn.lineplot(
            data=here, x="step", y="value", ax=panel, errorbar="sd", legend=False, color=colors[size],
            marker=markers[size], markevery=_staggered(here, study, size), linewidth=widths[size],
            markersize=size_marker_sizes(study.sizes)[size],
            label=f"{study.scale} {number(size, 6)}",
            err_kws={"alpha": 0.18, "linewidth": 0},
        )  # fmt: skip
    for (_, size), run in groups(rows[rows["diverged"]], "run", study.scale):
        panel.plot(run["step"], run["value"], color=colors[size], linewidth=0.7, linestyle=":")
        panel.plot(run["step"].iloc[-1:], run["value"].iloc[-1:], "x", color=colors[size], markeredgewidth=1.2)
    panel.set(xlabel="", ylabel="")


def _staggered(rows: DataFrame, study: Study, size: float) -> tuple[int, int]:
    # Every size marks other checkpoints than its neighbours, so that coinciding curves show all their markers.
    checkpoints = rows["step"].nunique()
    stride = max(2 if checkpoints > 8 and len(study.sizes) > 1 else 1, checkpoints // 14)
    return study.sizes.index(size) % stride, stride


def _mark_limit(panel: Axes, limit: float, *, named: bool) -> None:
    low, high = panel.get_ylim()
    inside = low <= limit <= high
    shown = min(max(limit, low), high)
    panel.axhline(shown, color=MUTED, linestyle=(0, (5, 3)), linewidth=1.0, zorder=1.5)
    if named:
        where = "" if inside else " (above this axis)" if limit > high else " (below this axis)"
        panel.annotate(
            f"stability limit {number(limit)}{where}", (1, shown), xycoords=("axes fraction", "data"),
            xytext=(-3, -3 if shown == high else 2), textcoords="offset points", ha="right",
            va="top" if shown == high else "bottom", color=MUTED, fontsize=7.5,
        )  # fmt: skip
