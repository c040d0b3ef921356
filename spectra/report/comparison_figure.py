"""Compared values against another setting: above the values with the scatter of seeds, below ratios or differences."""

from collections.abc import Hashable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from pandas import DataFrame, concat

from spectra.report import ticks
from spectra.report.comparison_names import axis_title, quantity_name, row_titles, rows_of, settings_of, value_title
from spectra.report.panels import label_outer, legend_columns, message, panels
from spectra.report.size_legend import DASHED
from spectra.report.style import MUTED, entry_look, escape, style
from spectra.verdicts.paired_comparison import PairedComparison

MOST = 9  # panels; the table has them all
APART = 4.0  # from this factor between the ends on, numbers that are not evenly spaced stand on a logarithmic axis


def axis_of(comparison: PairedComparison) -> str | None:
    """The setting with the most different numbers, against which values are drawn; None without a number."""
    counts = {}
    for name in comparison.settings:
        values = {settings[name] for settings in settings_of(comparison.means, [name])} - {None}
        numeric = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
        counts[name] = len(values) if numeric else 0
    best = max(counts, key=lambda name: counts[name], default=None)
    return best if best is not None and counts[best] > 1 else None


def drawable(rows: DataFrame, comparison: PairedComparison) -> DataFrame:
    """The rows that have a place on the horizontal axis: a few may have no such setting."""
    axis = axis_of(comparison)
    return rows if axis is None else rows[rows[axis].notna()]


def panel_titles(rows: DataFrame, comparison: PairedComparison) -> list[str]:
    """The panel of every row: what tells it apart besides the horizontal axis."""
    axis = axis_of(comparison)
    return row_titles(rows, [name for name in comparison.settings if name != axis])


def compared(comparison: PairedComparison) -> Figure:
    """One line for each compared value, one panel for each combination of what is not on the axis."""
    means, rows = drawable(comparison.means, comparison), drawable(comparison.rows, comparison)
    if means.empty:
        return message(f"No run has a {quantity_name(comparison)} that can be compared.")
    # Titles tell all panels apart, also those in which nothing was compared.
    titles = panel_titles(concat([means, rows]), comparison)
    means, rows = means.assign(panel=titles[: len(means)]), rows.assign(panel=titles[len(means) :])
    axis, cases = axis_of(comparison), list(dict.fromkeys(means["panel"]))[:MOST]
    reference = value_title(comparison, comparison.values[0])
    form = comparison.pairing.form
    with style():
        figure, axes = panels(cases, height=2.3, strip=0.65)
        upper, lower = next(iter(axes.values()))
        _set_axes(upper, lower, comparison, axis)
        for case, stack in axes.items():
            _draw_means(stack[0], means[means["panel"] == case], comparison, axis)
            _draw_changes(stack[1], rows[rows["panel"] == case], comparison, axis)
        label_outer(
            figure, axes, x=axis_title(comparison, axis), y=quantity_name(comparison), below=f"{form} to\n{reference}"
        )
        if axis is not None:  # else the axis names the values
            _legend(figure, comparison)
    return figure


def _places(rows: DataFrame, comparison: PairedComparison, axis: str | None) -> NDArray[np.float64]:
    """Where rows stand on the horizontal axis: at the number of a setting, or at the place of their value."""
    if axis is not None:
        return rows[axis].to_numpy(dtype=np.float64)
    return np.array([_place(value, comparison.values) for value in rows["compared"]], dtype=np.float64)


def _place(value: Hashable, values: Sequence[Hashable]) -> int:
    return next(place for place, other in enumerate(values) if other == value)


def _set_axes(upper: Axes, lower: Axes, comparison: PairedComparison, axis: str | None) -> None:
    means = drawable(comparison.means, comparison)
    places = sorted(set(_places(means, comparison, axis).tolist()))
    if axis is None:
        upper.set_xlim(-0.5, len(comparison.values) - 0.5)
        titles = [escape(value_title(comparison, value)) for value in comparison.values]
        lower.set_xticks(range(len(titles)), titles)
    elif by_factors(places):
        ticks.octaves(upper, places)
    elif len(places) <= 10:
        upper.set_xticks(places)
    if comparison.pairing.form == "ratio":
        _logarithmic(upper, means[["mean", "low", "high"]])
        _logarithmic(lower, comparison.rows[["change", "low", "high"]], also=1.0)


def by_factors(places: Sequence[float]) -> bool:
    """Whether numbers in order are so far and so unevenly apart that they stand on a logarithmic axis."""
    gaps = np.diff(places)
    return bool(places[0] > 0 and places[-1] >= APART * places[0] and not np.allclose(gaps, gaps[0]))


def _logarithmic(panel: Axes, rows: DataFrame, also: float | None = None) -> None:
    numbers = rows.to_numpy(dtype=np.float64)
    ends = np.append(numbers[np.isfinite(numbers) & (numbers > 0)], [] if also is None else also)
    low, high = float(ends.min()), float(ends.max())
    pad = max((high / low) ** 0.06, 1.03)
    ticks.logarithmic(panel, low / pad, high * pad, most=9 if also is None else 4)
    if also is not None:
        ticks.with_tick(panel, also)


def _draw_means(panel: Axes, rows: DataFrame, comparison: PairedComparison, axis: str | None) -> None:
    for place, value in enumerate(comparison.values):
        here = rows_of(rows, value)
        here = here.iloc[np.argsort(_places(here, comparison, axis), kind="stable")]
        x, look = _places(here, comparison, axis), entry_look(place, len(comparison.values))
        if axis is None:
            reach = np.abs(here[["low", "high"]].to_numpy(dtype=np.float64) - here[["mean"]].to_numpy()).T
            panel.errorbar(x, here["mean"], yerr=reach, linestyle="none", **look)
            continue
        panel.fill_between(x, here["low"], here["high"], color=look["color"], alpha=0.18, linewidth=0)
        panel.plot(x, here["mean"], **look)


def _draw_changes(panel: Axes, rows: DataFrame, comparison: PairedComparison, axis: str | None) -> None:
    panel.axhline(1.0 if comparison.pairing.form == "ratio" else 0.0, color=MUTED, linewidth=1.0, linestyle=DASHED)
    for place, value in enumerate(comparison.values[1:], 1):
        here = rows_of(rows, value)
        here = here[np.isfinite(here["change"].astype(float))]
        here = here.iloc[np.argsort(_places(here, comparison, axis), kind="stable")]
        middle = here[["change"]].to_numpy(dtype=np.float64)
        reach = np.abs(here[["low", "high"]].to_numpy(dtype=np.float64) - middle).T
        line = "none" if axis is None else "-"
        look = {**entry_look(place, len(comparison.values)), "linestyle": line, "linewidth": 0.8, "elinewidth": 1.1}
        panel.errorbar(_places(here, comparison, axis), middle[:, 0], yerr=reach, **look)


def _legend(figure: Figure, comparison: PairedComparison) -> None:
    titles = [escape(value_title(comparison, value)) for value in comparison.values]
    handles = [Line2D([], [], label=title, **entry_look(place, len(titles))) for place, title in enumerate(titles)]
    columns = min(len(handles), legend_columns(figure, 0.5 + 0.08 * max(map(len, titles))))
    figure.legend(handles=handles, loc="outside upper center", ncols=columns, columnspacing=1.4)
