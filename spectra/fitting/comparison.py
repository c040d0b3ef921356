"""How many times faster one curve falls than another: the effective speed-up, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import f as f_distribution

from spectra.fitting.fit_law import LawFit, fit_law
from spectra.fitting.given import check_level, given_curve
from spectra.fitting.intervals import Interval
from spectra.fitting.law import Array, Axis, Columns, Law, Shape
from spectra.notebook import as_html

# Losses at which the curves are compared one by one.
LEVELS = 25
# Relative residuals below this are rounding errors, which show no misfit.
ROUNDING = 1e-12


def _shared_columns(logs: Array, shapes: Columns) -> Columns:
    exponent, log_speed_up = shapes
    return -exponent * (logs[0] + log_speed_up * logs[1]), np.zeros(1)


def _shared_slopes(logs: Array, shapes: Columns) -> tuple[Columns, ...]:
    exponent, log_speed_up = shapes
    power = -(logs[0] + log_speed_up * logs[1]), -exponent * logs[1]
    return power, (np.zeros(1), np.zeros(1))


SHARED = Law(
    name="shared",
    formula="floor + amplitude * (x * second^log_speed_up)^-exponent, second = 1 for the first curve, e for the second",
    variables=("x", "second"),
    amplitudes=("amplitude", "floor"),
    shapes=(Shape("exponent", "x", Axis.EXPONENT), Shape("log_speed_up", "second", Axis.SIGNED_EXPONENT)),
    parameters=("amplitude", "exponent", "log_speed_up", "floor"),
    log_columns=_shared_columns,
    slopes=_shared_slopes,
)
"""Two curves of one law, the second at x times exp(log_speed_up)."""


@dataclass(frozen=True)
class Comparison:
    """The speed-up of a second curve over a first one."""

    speed_up: float  # the second curve at x is where the first one is at speed_up * x
    interval: Interval  # under the shared law, by profile
    shared: LawFit  # both curves by one law; its points are taken for independent, at a level that allows for it
    separate: tuple[LawFit, LawFit]  # each curve by its own
    lack_of_fit: float  # probability of a misfit of the shared law as large as this one, if it is true (F test)
    levels: pd.DataFrame = field(
        repr=False
    )  # loss, first, second (x at which each own fit reaches it), speed_up; losses both curves reach
    warnings: tuple[str, ...]

    _repr_html_ = as_html


def compare_curves(
    first: Sequence[ArrayLike], second: Sequence[ArrayLike], *, level: float = 0.95, misfit: float = 0.05
) -> Comparison:
    """Effective speed-up: how many times more x the first curve needs to come as low as the second.

    One number says it if both curves follow one law, L2(x) = L1(s x), that is, if they share floor and exponent; then

        s = ((L_1(x) - floor) / (L_2(x) - floor))^(1 / exponent)    at every x,

    and s is a parameter of a fit to both curves together (relative residuals), whose interval comes from its profile:
    floor and exponent are free in it, not pinned. Whether the shared law holds is tested against separate fits. Where
    it does not, the speed-up depends on the loss: `levels` holds it along the losses that both curves reach.

    Args:
        first: (x, y) or (x, y, weights) of the slower curve, or of the reference; arrays (n,), positive.
        second: The same of the other curve, (m,).
        level: Confidence of the interval.
        misfit: Probability below which the shared law is called wrong.

    Raises:
        ValueError: As `fit_law`; or if a curve is not two or three arrays of one length.

    Source: F test of nested models after Bates and Watts 1988, section 3.10.
    """
    check_level(level)
    curves = [_columns(curve) for curve in (first, second)]
    own = [fit_law(x, y, law="floor", weights=weights) for x, y, weights in curves]
    x, y, weights = (np.concatenate(columns) for columns in zip(*curves, strict=True))
    second_mark = np.repeat([1.0, exp(1.0)], [curves[0][0].size, curves[1][0].size])
    effective = sum(fit.effective_points for fit in own)
    marked = {"x": x, "second": second_mark}
    wide = _level_of_independent_points(level, points=y.size, effective=effective)
    shared = fit_law(marked, y, law=SHARED, weights=weights, level=wide)
    probability = _lack_of_fit(shared, own, weights, effective=effective)
    ends = shared.intervals["log_speed_up"]
    table = _levels(own)
    return Comparison(
        speed_up=exp(shared.estimates["log_speed_up"]),
        interval=Interval(float(np.exp(ends.low)), float(np.exp(ends.high)), level),
        shared=shared,
        separate=(own[0], own[1]),
        lack_of_fit=probability,
        levels=table,
        warnings=_warnings(probability, misfit, table),
    )


def _columns(curve: Sequence[ArrayLike]) -> tuple[Array, Array, Array]:
    if len(curve) not in (2, 3):
        raise ValueError(f"a curve of {len(curve)} parts was given; pass (x, y) or (x, y, weights)")
    return given_curve(curve[0], curve[1], curve[2] if len(curve) > 2 else None)


def _level_of_independent_points(level: float, *, points: int, effective: float) -> float:
    """The level at which a fit that takes all points for independent gives the interval of the effective points.

    A law of two variables has no order of points and so no autocorrelation; each curve by itself has. Both intervals
    end where the objective is best * (1 + F / degrees): this finds the level whose F / degrees is the same.
    """
    parameters = len(SHARED.parameters)
    independent, degrees = points - parameters, max(effective - parameters, 1e-3)
    reach = float(f_distribution.ppf(level, 1, degrees)) / degrees
    return min(float(f_distribution.cdf(reach * independent, 1, independent)), 1 - 1e-15)


def _lack_of_fit(shared: LawFit, own: Sequence[LawFit], weights: Array, *, effective: float) -> float:
    """Probability of the F statistic of two more floors and exponents; nan without degrees of freedom."""
    apart = float(weights @ np.square(np.concatenate([fit.residuals for fit in own])))
    together = float(weights @ np.square(shared.residuals))
    excess = max(together / max(apart, weights.sum() * ROUNDING**2) - 1, 0.0)
    freed = sum(len(fit.estimates) for fit in own) - len(shared.estimates)
    degrees = effective - sum(len(fit.estimates) for fit in own)
    if degrees <= 0:
        return float("nan")
    return float(f_distribution.sf(excess * degrees / freed, freed, degrees))


def _levels(own: Sequence[LawFit]) -> pd.DataFrame:
    """Where each fit reaches the losses that both fitted curves pass through."""
    low = max(float(fit.fitted.min()) for fit in own)
    high = min(float(fit.fitted.max()) for fit in own)
    falling = all(fit.estimates["exponent"] > 0 and fit.estimates["amplitude"] > 0 for fit in own)
    if not (falling and low < high):
        return pd.DataFrame(columns=["loss", "first", "second", "speed_up"], dtype=np.float64)
    losses = np.geomspace(high, low, LEVELS)
    with np.errstate(all="ignore"):
        # A fit that has reached its floor within rounding has no x for it.
        first, second = (
            ((losses - fit.estimates["floor"]) / fit.estimates["amplitude"]) ** (-1 / fit.estimates["exponent"])
            for fit in own
        )
        table = pd.DataFrame({"loss": losses, "first": first, "second": second, "speed_up": first / second})
    kept: pd.DataFrame = table.loc[np.isfinite(table["speed_up"])].reset_index(drop=True)
    return kept


def _warnings(probability: float, misfit: float, table: pd.DataFrame) -> tuple[str, ...]:
    found = []
    if table.empty:
        found.append(
            "The curves pass through no loss in common, or one of them rises: the speed-up rests on the law alone."
        )
    if probability < misfit:
        ends = (
            "" if table.empty else f" It goes from {table['speed_up'].iloc[0]:.3g} to {table['speed_up'].iloc[-1]:.3g}."
        )
        found.append(
            f"The curves do not share one floor and exponent (probability {probability:.2g}): no single speed-up "
            f"describes them; read it along the loss.{ends}"
        )
    if np.isnan(probability):
        found.append("Too few independent points to test whether the curves share a law.")
    return tuple(found)
