"""Up to which objective the data do not contradict a curve, from the independent points that they are worth."""

from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.stats import f as f_distribution

from spectra.fitting.autocorrelation import autocorrelation_time
from spectra.fitting.law import Array
from spectra.fitting.pseudo_data import PseudoData

# Residuals are taken as correlated when their correlation at lag one is beyond this many standard errors, 1 / sqrt(n).
CORRELATED = 2.0
ROUNDS = 20


@dataclass(frozen=True)
class Freedom:
    """How many independent points the residuals of a fit are worth."""

    effective: float  # points / autocorrelation time of the residuals
    parameters: int

    @property
    def degrees(self) -> float:
        """Effective points beyond the parameters; not positive where nothing can be bounded."""
        return self.effective - self.parameters


def freedom(data: PseudoData) -> Freedom:
    """Points divided by the autocorrelation time of the residuals in the order of x; for one variable only.

    Points that share an x are averaged: their order means nothing. Runs over size and data have no order at all.

    Source: Sokal 1997, Monte Carlo Methods in Statistical Mechanics, section 3.
    """
    points = data.fit.points
    if len(points.law.variables) > 1 or data.objective < data.rounding:
        return Freedom(float(points.count), points.parameters)
    _, group = np.unique(points.logs[0, :-1], return_inverse=True)
    means = np.bincount(group, data.residuals) / np.bincount(group)
    time = autocorrelation_time(means, parameters=points.parameters)
    if means[:-1] @ means[1:] > CORRELATED / np.sqrt(means.size) * (means @ means):
        time = max(time, chain_time(means, parameters=points.parameters))
    return Freedom(points.count / time, points.parameters)


def chain_time(residuals: Array, *, parameters: int) -> float:
    """Autocorrelation time (1 + rho) / (1 - rho) of a chain whose correlation at lag one is that of the residuals.

    The sum over lags is right on average but often far too low, and then the interval is too narrow: with it alone,
    intervals from 200 points of persistence 0.8 hold the truth 89 times in 100, and 95 to 96 times with the larger of
    the two. A fit of p parameters takes p * time / n of the variance away from every lag, which is put back.
    """
    square, product, time = float(residuals @ residuals), float(residuals[:-1] @ residuals[1:]), 1.0
    longest = residuals.size / (2 * parameters)
    for _ in range(ROUNDS):
        lost = parameters * time * square / residuals.size
        correlation = np.clip((product + lost) / (square + lost), 0.0, 0.999)
        time = min(float((1 + correlation) / (1 - correlation)), longest)
    return max(time, 1.0)


def objective_limit(data: PseudoData, free: Freedom, *, level: float, parameters: int = 1) -> float:
    """Objective up to which a curve is inside when so many parameters are free.

    best * (1 + parameters * F / degrees), F the quantile of the F distribution (unknown noise level); infinite without
    degrees of freedom, or where the fit says nothing.
    """
    if free.degrees <= 0 or not data.settled or data.scarce:
        return inf
    quantile = float(f_distribution.ppf(level, parameters, free.degrees))
    return max(data.objective, data.rounding) * (1 + parameters * quantile / free.degrees)


def constant_fits(data: PseudoData, free: Freedom, *, level: float) -> bool:
    """Whether the best constant is inside the limit for all parameters but one, for a law with a floor.

    Then the data show no law at all, and the profile over a shape is the wrong guide: it may close around one point
    that stands off by chance (of curves that are noise, up to 8 in 100 excluded exponent zero, now 3).
    """
    points = data.fit.points
    limit = objective_limit(data, free, level=level, parameters=points.parameters - 1)
    if points.law.floor is None or limit == inf:
        return False
    column, target = 1 / data.divisor, data.target / data.divisor
    height = float(column @ target / (column @ column))
    return float(np.square(target - height * column).sum()) <= limit
