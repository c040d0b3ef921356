"""With which power of its size the growth of a network fades, by a test that is inverted."""

from collections.abc import Callable
from functools import partial
from math import inf, isnan, nan

import numpy as np
from scipy.optimize import brentq

from spectra.fitting.intervals import Array, Interval, half_width
from spectra.verdicts.power_of_size import REACH, PowerOfSize, nearest_exponent, without

GRID_POINTS = 801


def fade_exponent(growth: Array, sizes: tuple[float, ...], *, level: float) -> PowerOfSize:
    """Exponent q of growth = amplitude * size^-q and its interval; positive when the growth fades with size.

    Growth may be zero or negative, so no logarithm is taken of it. With v(q) = size^-q, the estimate minimises the
    distance of the mean growth from the line along v(q). The interval inverts a test, as Fieller's does for a ratio:
    let u(q) be the unit vector along dv/dq without its part along v. If q is true, u(q) . growth has mean zero for
    every seed, whatever the amplitude, and its t statistic over seeds has S - 1 degrees of freedom. The q around the
    estimate that are not rejected form the interval. It is wide or unbounded where the growth does not stand out: no
    growth has no exponent. Far from the estimate v(q) is all at one end and u(q) next to it, so that some q are not
    rejected there although the growth in between contradicts them; these do not count, and the tests simulate that the
    coverage does not suffer. Without an estimate the interval is the hull of all that is not rejected.

    Args:
        growth: Log growth by seed and size, shape (S, K).
        sizes: The K sizes.
        level: Confidence of the interval.

    Source: Fieller 1954, J. R. Statist. Soc. B 16, 175; the use for an exponent is ours.
    """
    if growth.size == 0 or not np.isfinite(growth).all() or len(sizes) < 2:
        return PowerOfSize(nan, Interval(nan, nan, level))
    logs = np.log(np.array(sizes))
    logs = logs - logs.mean()
    grid = np.linspace(-REACH, REACH, GRID_POINTS) / float(np.ptp(logs))
    estimate = nearest_exponent(growth.mean(axis=0), grid, partial(_powers, logs=logs), partial(_scores, logs=logs))
    if growth.shape[0] < 2:
        return PowerOfSize(estimate, Interval(nan, nan, level))
    points = grid if isnan(estimate) else np.union1d(grid, [estimate])

    def excess(exponents: Array) -> Array:
        scores = growth @ _scores(exponents, logs).T
        margin: Array = np.abs(scores.mean(axis=0)) - half_width(scores, level=level)
        return margin

    low, high = _accepted(excess, points, estimate)
    return PowerOfSize(estimate, Interval(low, high, level))


def _powers(grid: Array, logs: Array) -> Array:
    """Unit vectors (G, K) along size^-q."""
    exponents = -np.multiply.outer(grid, logs)
    powers = np.exp(exponents - exponents.max(axis=1, keepdims=True))
    units: Array = powers / np.linalg.norm(powers, axis=1, keepdims=True)
    return units


def _scores(grid: Array, logs: Array) -> Array:
    """Unit vectors u(q) of shape (G, K)."""
    units = _powers(grid, logs)
    return without(-logs * units, units)


def _accepted(excess: Callable[[Array], Array], points: Array, estimate: float) -> tuple[float, float]:
    """Ends of the accepted range around the estimate, or of all accepted exponents; infinite where open."""
    # Without scatter between seeds, rounding may leave even the estimate just outside.
    values = excess(points)
    accepted = values <= max(0.0, float(values.min()))
    if isnan(estimate):
        kept = np.flatnonzero(accepted)
        first, last = int(kept[0]), int(kept[-1])
    else:
        first = last = int(np.searchsorted(points, estimate))
        while first > 0 and accepted[first - 1]:
            first -= 1
        while last < points.size - 1 and accepted[last + 1]:
            last += 1

    def at(exponent: float) -> float:
        return float(excess(np.array([exponent]))[0])

    def crossing(outside: int, inside: int) -> float:
        ends = float(points[outside]), float(points[inside])
        # Alone an exponent may round otherwise than among all.
        return float(brentq(at, *ends)) if at(ends[0]) > 0 > at(ends[1]) else ends[1]

    low = -inf if first == 0 else crossing(first - 1, first)
    high = inf if last == points.size - 1 else crossing(last + 1, last)
    return low, high
