"""How much a quantity grows in training, and whether that fades with size (test D)."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isnan, nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq

from spectra.fitting.intervals import Interval, half_width
from spectra.verdicts.seed_blocks import SeedBlocks
from spectra.verdicts.size_points import SizePoints

Array = NDArray[np.float64]

# The exponent is searched where the growth changes by up to exp(REACH) over the sizes; beyond, only one size grows.
REACH, GRID_POINTS = 20.0, 801


@dataclass(frozen=True)
class Fade:
    """Exponent q of growth = amplitude * size^-q; positive when the growth fades with size."""

    exponent: float  # nan when it lies at the end of the search
    interval: Interval  # infinite ends where open


def seed_growth(blocks: SeedBlocks, *, plateau: float) -> Array:
    """Log growth (S, K): mean over the last share `plateau` of the checkpoints, minus the first checkpoint."""
    steps = blocks.values.shape[2]
    if steps < 2:
        return np.full(blocks.values.shape[:2], np.nan)
    last = min(steps - 1, int(np.ceil(plateau * steps)))
    growth: Array = blocks.values[:, :, steps - last :].mean(axis=2) - blocks.values[:, :, 0]
    return growth


def growth_by_size(growth: Array, points: SizePoints, *, level: float) -> pd.DataFrame:
    """Mean over seeds with its t interval: size (and the columns where there are two), growth, low, high."""
    mean = growth.mean(axis=0) if len(growth) else np.full(len(points.sizes), nan)
    reach = half_width(growth, level=level)
    found = pd.DataFrame({"growth": mean, "low": mean - reach, "high": mean + reach})
    return pd.concat([points.table(), found], axis=1)


def fade_exponent(growth: Array, sizes: tuple[float, ...], *, level: float) -> Fade:
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
        return Fade(nan, Interval(nan, nan, level))
    logs = np.log(np.array(sizes))
    logs = logs - logs.mean()
    grid = np.linspace(-REACH, REACH, GRID_POINTS) / float(np.ptp(logs))
    estimate = _estimate(growth.mean(axis=0), grid, logs)
    if growth.shape[0] < 2:
        return Fade(estimate, Interval(nan, nan, level))
    points = grid if isnan(estimate) else np.union1d(grid, [estimate])

    def excess(exponents: Array) -> Array:
        scores = growth @ _scores(exponents, logs).T
        margin: Array = np.abs(scores.mean(axis=0)) - half_width(scores, level=level)
        return margin

    low, high = _accepted(excess, points, estimate)
    return Fade(estimate, Interval(low, high, level))


def _powers(grid: Array, logs: Array) -> Array:
    """Unit vectors (G, K) along size^-q."""
    exponents = -np.multiply.outer(grid, logs)
    powers = np.exp(exponents - exponents.max(axis=1, keepdims=True))
    units: Array = powers / np.linalg.norm(powers, axis=1, keepdims=True)
    return units


def _scores(grid: Array, logs: Array) -> Array:
    """Unit vectors u(q) of shape (G, K)."""
    units = _powers(grid, logs)
    slope = -logs * units
    apart = slope - (slope * units).sum(axis=1, keepdims=True) * units
    scores: Array = apart / np.linalg.norm(apart, axis=1, keepdims=True)
    return scores


def _estimate(mean: Array, grid: Array, logs: Array) -> float:
    best = int(np.abs(_powers(grid, logs) @ mean).argmax())
    if best in (0, grid.size - 1):
        return nan

    def score(exponent: float) -> float:
        return float((_scores(np.array([exponent]), logs) @ mean)[0])

    low, high = float(grid[best - 1]), float(grid[best + 1])
    return float(brentq(score, low, high)) if score(low) * score(high) < 0 else float(grid[best])


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
