"""What a fit of a curve shows: curve and law, exponent against window, profile, residuals, forecasts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.fitting.curve_study import CurveStudy
from spectra.fitting.law import Array
from spectra.report import ticks
from spectra.report.fit_panel import fit_panel, legend_above
from spectra.report.panels import LINE, figure_width, line_letters, message, wrapped
from spectra.report.style import ALONE, BESIDE, INK, MUTED, escape, style

DATA, LAW, THEORY = "#7f8aa3", ALONE, BESIDE
SHARED_LETTERS = 26
"""Of a line of the title above the wider of two panels."""


@dataclass(frozen=True)
class Drawn:
    """A study with the names that stand at its figures."""

    study: CurveStudy
    name: str  # of the curve
    x: str
    y: str
    expected: float | None = None  # exponent that theory predicts


def fitted_curve(drawn: Drawn) -> Figure:
    """Points, law, and the band of its interval, on to the largest x that was predicted."""
    study, band = drawn.study, drawn.study.band
    with style():
        figure, axes = fit_panel(drawn.name, 3.2, x=drawn.x)
        axes.plot(study.x, study.y, "o", color=DATA, markersize=2.5, markeredgewidth=0, label=f"{len(study.x)} points")
        within = band["x"] <= study.x.max()
        axes.fill_between(band["x"], band["low"], band["high"], color=LAW, alpha=0.18, linewidth=0)
        axes.plot(band["x"][within], band["predicted"][within], color=LAW, label=escape(study.fit.law.formula))
        axes.plot(band["x"][~within], band["predicted"][~within], "--", color=LAW)
        for row in study.predictions.to_dict("records"):
            axes.errorbar(
                row["x"], row["predicted"], [[row["predicted"] - row["low"]], [row["high"] - row["predicted"]]],
                fmt="D", color=LAW, markersize=4, capsize=2,
            )  # fmt: skip
        if drawn.expected is not None:
            _guide(axes, study, drawn.expected)
        ticks.logarithmic_x(axes, float(band["x"].min()) / 1.1, float(band["x"].max()) * 1.1)
        values = np.concatenate([study.y, study.predictions["predicted"]])
        ticks.logarithmic(axes, float(values.min()) / 1.05, float(values.max()) * 1.05)
        axes.set_ylabel(escape(drawn.y))
        legend_above(figure, axes)
    return figure


def exponent_against_window(drawn: Drawn) -> Figure:
    """Exponent with its interval against the first x of the window; filled where no shorter window contradicts it."""
    windows = drawn.study.windows
    if windows is None:
        return message("The curve holds no second window, or its law has no exponent.")
    table = windows.table
    with style():
        figure, axes = fit_panel(drawn.name, 2.6, x=f"first {drawn.x} of the window")
        low, high = _heights(axes, table, drawn.expected)
        axes.vlines(table["start"], table["low"].clip(low, high), table["high"].clip(low, high), color=LAW, linewidth=1)
        for admitted, face in ((True, LAW), (False, "white")):
            rows = table[table["admitted"] == admitted]
            label = "admitted" if admitted else "contradicted by a shorter window"
            if rows.empty:
                continue
            axes.plot(rows["start"], rows["exponent"], "o", color=LAW, markerfacecolor=face, label=label)
        axes.axvline(windows.start, color=MUTED, linewidth=0.8, linestyle=":", label="chosen by the rule")
        if drawn.expected is not None:
            axes.axhline(drawn.expected, color=THEORY, linestyle="--", label="theory")
        ticks.logarithmic_x(axes, float(table["start"].min()) / 1.2, float(table["start"].max()) * 1.2)
        axes.set_ylabel("exponent")
        legend_above(figure, axes)
    return figure


def exponent_profile(drawn: Drawn) -> Figure:
    """Best objective against the exponent, all other parameters free, less that of the fit."""
    fit, profile = drawn.study.fit, drawn.study.profile
    if profile.empty:
        return message("The law has no single exponent.")
    interval = fit.intervals["exponent"]
    with style():
        figure, axes = fit_panel(drawn.name, 2.6, x="exponent")
        axes.plot(profile["exponent"], profile["rise"], "o-", color=LAW, markersize=2.5, label="others free")
        axes.axvline(fit.estimates["exponent"], color=INK, linewidth=0.8, label="estimate")
        ends = [end for end in (interval.low, interval.high) if np.isfinite(end)]
        for end in ends:
            axes.axvline(end, color=MUTED, linewidth=0.8, linestyle=":", label="interval" if end == ends[0] else None)
        if drawn.expected is not None:
            axes.axvline(drawn.expected, color=THEORY, linestyle="--", label="theory")
        axes.set_ylabel("objective above that of the fit")
        legend_above(figure, axes)
    return figure


def residuals(drawn: Drawn) -> Figure:
    """Log residuals against x, and their autocorrelation by lag."""
    study = drawn.study
    lags, correlations = _autocorrelations(study.fit.residuals)
    with style():
        title = wrapped(drawn.name, line_letters(SHARED_LETTERS, 1))
        figure = Figure(figsize=(figure_width(1), 2.6 + LINE * title.count("\n")), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=[3, 2])
        left.plot(study.x, 100 * study.fit.residuals, "o", color=DATA, markersize=2.5, markeredgewidth=0)
        left.axhline(0, color=INK, linewidth=0.8)
        ticks.logarithmic_x(left, float(study.x.min()) / 1.1, float(study.x.max()) * 1.1)
        left.set_xlabel(escape(drawn.x))
        left.set_ylabel("residual, percent")
        left.set_title(escape(title))
        right.vlines(lags, 0, correlations, color=LAW)
        noise = 2 / np.sqrt(len(study.x))
        right.axhspan(-noise, noise, color=MUTED, alpha=0.15, linewidth=0)
        right.axhline(0, color=INK, linewidth=0.8)
        right.set_xlabel("lag, points")
        right.set_ylabel("autocorrelation")
        worth = f"{study.fit.points} points, worth {study.fit.effective_points:.0f}"
        right.set_title(worth)
    return figure


def forecasts(drawn: Drawn) -> Figure:
    """How far forecasts from the beginning of the curve missed what followed."""
    table = drawn.study.forecasts
    if table.empty:
        return message("The curve is too short to be cut and forecast.")
    with style():
        figure, axes = fit_panel(drawn.name, 2.6, x=f"last {drawn.x} that was fitted")
        for number, (horizon, rows) in enumerate(table.groupby("horizon")):
            place = rows["origin"] * 1.04 ** (number - 1)
            axes.errorbar(
                place, 100 * rows["log_error"], 100 * 1.96 * rows["standard_error"], fmt="osD^v"[number % 5],
                color=(LAW, THEORY, MUTED)[number % 3], markersize=4, linewidth=0.9,
                label=f"up to {horizon:g} times as far",
            )  # fmt: skip
        axes.axhline(0, color=INK, linewidth=0.8)
        reach = 1.3 * float(np.abs(100 * table["log_error"]).max()) + 1e-9
        low, high = axes.get_ylim()
        axes.set_ylim(max(low, -3 * reach), min(high, 3 * reach))
        ticks.logarithmic_x(axes, float(table["origin"].min()) / 1.3, float(table["origin"].max()) * 1.3)
        axes.set_ylabel("forecast over truth, percent")
        legend_above(figure, axes)
    return figure


FIT_FIGURES: dict[str, Callable[[Drawn], Figure]] = {
    "curve": fitted_curve,
    "windows": exponent_against_window,
    "profile": exponent_profile,
    "residuals": residuals,
    "forecasts": forecasts,
}


def _guide(axes: Axes, study: CurveStudy, exponent: float) -> None:
    """A line of the slope of theory, above the floor of the fit, through the middle of the curve."""
    floor = study.fit.estimates.get("floor", 0.0)
    middle = float(np.exp(np.log(study.x).mean()))
    height = float(np.asarray(study.fit.predict(np.array([middle])))[0]) - floor
    values = floor + height * (study.band["x"] / middle) ** -exponent
    axes.plot(study.band["x"], values, ":", color=THEORY, label=f"theory: exponent {exponent:g}")


def _heights(axes: Axes, table: DataFrame, expected: float | None) -> tuple[float, float]:
    """Ends of the vertical axis: all estimates, and intervals as far as they stay readable."""
    bounded = table[np.isfinite(table["low"]) & np.isfinite(table["high"])]
    shown = [*(table if bounded.empty else bounded)["exponent"], *([] if expected is None else [expected])]
    reach = max(max(shown) - min(shown), 0.1 * max(map(abs, shown)), 1e-3)
    low = max(float(table["low"].min()), min(shown) - 1.5 * reach)
    high = min(float(table["high"].max()), max(shown) + 1.5 * reach)
    margin = 0.05 * (high - low)
    axes.set_ylim(min(low, *shown) - margin, max(high, *shown) + margin)
    return min(low, *shown), max(high, *shown)


def _autocorrelations(residuals: Array) -> tuple[Array, Array]:
    """Lags from 1, at most a quarter of the points and 40, and the correlation of residuals that far apart."""
    centred = residuals - residuals.mean()
    lags = np.arange(1, max(2, min(40, residuals.size // 4)))
    total = float(centred @ centred) or 1.0
    return lags.astype(float), np.array([float(centred[lag:] @ centred[:-lag]) / total for lag in lags])
