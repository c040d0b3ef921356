"""What `spectra fit` prints of a fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd
from rich.table import Table

from spectra.fitting import Curve, CurveStudy, Interval, LawFit, ScheduleFit


def parameters(
    fit: LawFit | ScheduleFit,
    *,
    exponent: Interval | None = None,
    further: Mapping[str, Interval] | None = None,
    by: str = "profile likelihood",
) -> Table:
    """Estimates and intervals.

    Args:
        fit: The fit.
        exponent: Interval of the exponent if it is not that of the fit, because the window was chosen by looking.
        further: Intervals of a bootstrap, by parameter.
        by: How the intervals of the fit were found.
    """
    table = Table()
    heads = ("parameter", "estimate", "low", "high", *(("bootstrap low", "bootstrap high") if further else ()))
    for head in heads:
        table.add_column(head, justify="left" if head == "parameter" else "right")
    for name, value in fit.estimates.items():
        interval = exponent if name == "exponent" and exponent else fit.intervals[name]
        cells = [value, interval.low, interval.high]
        if further:
            cells += [further[name].low, further[name].high]
        table.add_row(name, *(f"{cell:.6g}" for cell in cells))
    level = next(iter(fit.intervals.values())).level
    table.caption = f"{100 * level:g} % intervals by {by}" + (" and by bootstrap" if further else "")
    return table


def choice(study: CurveStudy) -> Table | None:
    """How the candidates forecast; None where the law was given."""
    if study.choice is None:
        return None
    table = Table(caption="forecast: root mean square error of the later curve, fitted to its beginnings")
    for head in ("law", "parameters", "AICc", "forecast", "bias", "covered", ""):
        table.add_column(head, justify="left" if head in ("law", "") else "right")
    for row in study.choice.table.to_dict("records"):
        forecast = [_percent(row[name], digits) for name, digits in FORECASTS.items()]
        table.add_row(row["law"], str(row["parameters"]), f"{row['aicc']:.1f}", *forecast, "*" if row["chosen"] else "")
    return table


FORECASTS = {"backtest_error": 2, "backtest_bias": 2, "coverage": 0}


def summary(rows: pd.DataFrame) -> Table:
    """One line for each of many curves.

    Args:
        rows: Rows of all fits, as in fits.csv.
    """
    table = Table()
    for head in ("curve", "law", "exponent", "low", "high", "floor"):
        table.add_column(head, justify="left" if head in ("curve", "law") else "right")
    for _, cell in rows.groupby(["curve", "model"], sort=False):
        values = {row["parameter"]: row for row in cell.to_dict("records")}
        wanted = [("exponent", "estimate"), ("exponent", "low"), ("exponent", "high"), ("floor", "estimate")]
        shown = [f"{values[name][column]:.4g}" if name in values else "" for name, column in wanted]
        table.add_row(cell["curve"].iloc[0], cell["model"].iloc[0], *shown)
    return table


def predictions(study: CurveStudy, curve: Curve) -> Iterator[str]:
    """Predicted values in words."""
    for row in study.predictions.to_dict("records"):
        yield (
            f"{curve.y_name} at {curve.x_name} = {row['x']:g}: {row['predicted']:.6g} "
            f"({row['low']:.6g} to {row['high']:.6g}, if the law holds as far as that)"
        )


def forecast_line(study: CurveStudy) -> str:
    """How forecasts from its beginnings would have done; empty for a curve that cannot be cut."""
    table = study.forecasts
    if table.empty:
        return ""
    error = float((table["log_error"] ** 2).mean() ** 0.5)
    return (
        f"Forecasts from {table['origin'].nunique()} earlier points of the curve missed what followed by {error:.2%} "
        f"(root mean square), and {table['covered'].mean():.0%} of their intervals held it."
    )


def theory_line(estimate: float | None, interval: Interval | None, expected: float) -> str:
    """Whether an exponent agrees with theory."""
    if estimate is None or interval is None:
        return f"Theory predicts the exponent {expected:g}, and the law has none."
    agrees = interval.low <= expected <= interval.high
    verdict = "lies inside" if agrees else "lies outside"
    return (
        f"Theory predicts the exponent {expected:g}, which {verdict} the interval {interval.low:.4g} to "
        f"{interval.high:.4g} of the measured {estimate:.4g}."
    )


def schedule_formula(loss: str) -> tuple[str, str]:
    """The law of losses under changing learning rates, in two lines."""
    return (
        f"schedule: {loss} = floor + amplitude * S^-exponent + decay_amplitude * sum over steps k of "
        "(rate_k - rate_(k-1)) * G_k, S = learning rate summed over all steps",
        "G_k = 1 - (1 + decay_scale * rate_k^-rate_exponent * S_k)^-decay_exponent, S_k = learning rate summed since "
        "step k",
    )


def scheduled_curves(rows: pd.DataFrame) -> Table:
    """One line for each curve that a law of schedules was fitted to.

    Args:
        rows: curve, points, first_step, last_step, highest_rate, last_rate, residual, left_out.
    """
    told = "residual and forecast: root mean square; forecast: by the law of the other curves"
    table = Table(caption=told)
    for head in ("curve", "points", "steps", "highest rate", "last rate", "residual", "forecast"):
        table.add_column(head, justify="left" if head == "curve" else "right")
    for row in rows.to_dict("records"):
        steps = f"{row['first_step']:g} to {row['last_step']:g}"
        rates = (f"{row['highest_rate']:g}", f"{row['last_rate']:.4g}")
        errors = (_percent(row["residual"], 2), _percent(row["left_out"], 2))
        table.add_row(row["curve"], str(row["points"]), steps, *rates, *errors)
    return table


def _percent(value: float, digits: int) -> str:
    return "" if pd.isna(value) else f"{value:.{digits}%}"
