"""How fast a gap to the largest size closes while sizes grow."""

from functools import partial
from math import inf, nan

import numpy as np

from spectra.fitting.intervals import Array, Interval
from spectra.verdicts.power_of_size import REACH, PowerOfSize, nearest_exponent, without
from spectra.verdicts.rate_resamples import resampled_reach

# An even number of points keeps the removable singularity at q = 0 between two of them.
GRID_POINTS = 802


def gap_exponent(gaps: Array, sizes: tuple[float, ...], *, seeds: int, level: float) -> PowerOfSize:
    """Exponent q of gap(N) = amplitude * (N^-q - M^-q), from gaps between K - 1 sizes and the largest, M.

    If y(N) = y_inf + amplitude * N^-q, this is its exact difference to y(M). A line through log |gap| over log N is
    not: the gap to a finite reference falls to zero at M, which steepens the line (with q = 1 and sizes M/8, M/4, M/2
    to 1.4) and would call slow transfer fast. The interval inverts a test: u(q), the unit vector along the derivative
    of the model by q without its part along the model, has u(q) . gap = 0 if q is true, whatever the amplitude; all q
    at which |u(q) . gap| does not exceed its `resampled_reach` form the interval (its hull). It is unbounded where the
    gap does not stand out of the scatter of seeds: no gap has no exponent. It is so, too, where more than
    (1 - level) / 2 of the resamples hold a gap that is not finite; fewer are left out.

    Args:
        gaps: Signed gaps of the seeds as they are, then of the resamples, shape (1 + B, K - 1).
        sizes: The K sizes, ascending.
        seeds: Number of seeds, S.
        level: Confidence of the interval.

    Source: Fieller 1954, J. R. Statist. Soc. B 16, 175, for inverting the test; the use for a gap is ours.
    """
    if len(sizes) < 3 or seeds < 2 or not np.isfinite(gaps[0]).all():
        return PowerOfSize(nan, Interval(-inf, inf, level))
    logs = np.log(np.array(sizes[:-1]) / sizes[-1])
    grid = np.linspace(-REACH, REACH, GRID_POINTS) / float(-logs.min())
    estimate = nearest_exponent(gaps[0], grid, partial(_units, logs=logs), partial(_directions, logs=logs))
    finite = np.isfinite(gaps).all(axis=1)
    if 1 - finite.mean() > (1 - level) / 2:
        return PowerOfSize(estimate, Interval(-inf, inf, level))
    points = grid if np.isnan(estimate) else np.union1d(grid, [estimate])
    directions = _directions(points, logs)
    # The reach of u . gap over resamples, from their covariance: products with K - 1 columns, not with B.
    reaches = np.linalg.norm(directions @ _root(gaps[finite]), axis=1)
    unit = float(resampled_reach(np.array([0.0, -1.0, 1.0]), seeds=seeds, level=level))
    excess = np.abs(directions @ gaps[0]) - unit * reaches
    return PowerOfSize(estimate, Interval(*_accepted(excess, points), level))


def _accepted(excess: Array, points: Array) -> tuple[float, float]:
    """Outermost exponents where `excess` is not positive, on straight lines between points; infinite at the ends."""
    # Without scatter between seeds, rounding may leave even the estimate just outside.
    kept = np.flatnonzero(excess <= max(0.0, float(excess.min())))

    def crossing(outside: int, inside: int) -> float:
        share = excess[inside] / (excess[inside] - excess[outside]) if excess[inside] < 0 else 0.0
        return float(points[inside] + share * (points[outside] - points[inside]))

    low = -inf if kept[0] == 0 else crossing(int(kept[0]) - 1, int(kept[0]))
    high = inf if kept[-1] == points.size - 1 else crossing(int(kept[-1]) + 1, int(kept[-1]))
    return low, high


def _root(gaps: Array) -> Array:
    """Matrix R with R R' the covariance (K - 1, K - 1) of the resamples."""
    centred = gaps[1:] - gaps[1:].mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    root: Array = vectors * np.sqrt(np.maximum(values, 0))
    return root


def _models(grid: Array, logs: Array) -> tuple[Array, Array]:
    """(N^-q - M^-q) M^q / q and its derivative by q, each of shape (G, K - 1) up to a factor for each q."""
    z = -np.multiply.outer(grid, logs)
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.where(np.abs(z) < 1e-3, 1 + z / 2 + z**2 / 6, np.expm1(z) / z)
        second = np.where(np.abs(z) < 1e-3, 1 / 2 + z / 3 + z**2 / 8, (np.exp(z) * (z - 1) + 1) / z**2)
    return -logs * first, logs**2 * second


def _units(grid: Array, logs: Array) -> Array:
    """Unit vectors (G, K - 1) along the model."""
    models, _ = _models(grid, logs)
    units: Array = models / np.linalg.norm(models, axis=1, keepdims=True)
    return units


def _directions(grid: Array, logs: Array) -> Array:
    """Unit vectors u(q) of shape (G, K - 1)."""
    _, slopes = _models(grid, logs)
    return without(slopes, _units(grid, logs))
