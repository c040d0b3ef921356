"""Tuning curves of resampled seeds: what every interval of a learning rate rests on."""

from dataclasses import dataclass
from math import inf, nan

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as t_distribution

from spectra.fitting.intervals import Array
from spectra.verdicts.rate_blocks import RateBlocks
from spectra.verdicts.rate_optimum import Optima, grid_optima, optima
from spectra.verdicts.rate_skew import skew_excess

RESAMPLES = 2000
# Octaves of grid step above which no parabola is trusted: factors of sqrt(2), written with two digits. On such a grid a
# curve that ends in a cliff is told from a parabola, but not on one of factors of 2, where simulated drifts at the
# margin were called transfer in 28 to 81 of 100 studies (`tests/verdicts/tuning_study.py`).
TRUSTED_STEP = 0.55


@dataclass(frozen=True)
class RateResamples:
    """Seed means of the criterion with their best rates: first of the seeds as they are, then of B resamples."""

    drawn: NDArray[np.intp]  # (1 + B, S), places of the seeds; the same at all sizes
    grids: tuple[Array, ...]  # K arrays (R,), log2 of the rates of that size
    curves: tuple[Array, ...]  # K arrays (1 + B, R), nats; inf where a seed diverged, nan without seeds
    best: tuple[Optima, ...]  # K, each of 1 + B curves

    @property
    def seeds(self) -> int:
        """Number of seeds, S."""
        return int(self.drawn.shape[1])


def rate_resamples(blocks: RateBlocks, *, resampling_seed: int, level: float = 0.90) -> RateResamples:
    """Draw seeds with replacement, whole blocks at a time, and find the best rates of their means (see `optima`).

    Where the seeds show at `level` that the curve of some size is too skewed for a parabola (`skew_excess`), as one
    that ends in a cliff or beside divergence, the best rates of all sizes are points of the grid: parabolas at some
    sizes only would move the optimum at these only, which looks like a drift. So are they where the
    step beside the best rate of some size is above `TRUSTED_STEP`.

    Args:
        blocks: Criterion by seed, size and rate.
        resampling_seed: Seed of the generator that draws the resamples.
        level: Confidence of the interval of the skew.
    """
    seeds = len(blocks.seeds)
    others = np.random.default_rng(resampling_seed).integers(0, max(seeds, 1), (RESAMPLES, seeds))
    drawn = np.concatenate([np.arange(seeds)[None], others])
    grids = tuple(np.log2(rates) for rates in blocks.rates)
    curves = tuple(_means(values[drawn]) for values in blocks.values)
    best = tuple(map(optima, grids, curves))
    shown = zip(grids, curves, best, strict=True)
    if any(
        _is_coarse(grid, one) or _is_skewed(grid, curve, one, seeds=seeds, level=level) for grid, curve, one in shown
    ):
        best = tuple(map(grid_optima, grids, curves))
    return RateResamples(drawn, grids, curves, best)


def _is_coarse(grid: Array, best: Optima) -> bool:
    """Whether the grid beside the best rate is too coarse for a parabola."""
    place = int(best.place[0])
    return bool((np.diff(grid)[max(0, place - 1) : place + 1] > TRUSTED_STEP).any())


def _is_skewed(grid: Array, curves: Array, best: Optima, *, seeds: int, level: float) -> bool:
    """Whether seeds show an excess of the skew; an infinite rise on one side shows it by itself."""
    excess = skew_excess(grid, curves, best)
    if not 0 < excess[0] < inf:
        return bool(excess[0] > 0)
    finite = np.isfinite(excess)
    return bool(excess[0] > resampled_reach(excess[finite], seeds=seeds, level=level))


def _means(values: Array) -> Array:
    """Seed means (B, R) of the criterion (B, S, R): inf where a seed diverged, nan without seeds."""
    if values.shape[1] == 0:
        return np.full((values.shape[0], values.shape[2]), nan)
    means: Array = values.mean(axis=1)
    return means


def resampled_reach(statistics: Array, *, seeds: int, level: float) -> Array:
    """Half the width of an interval: t quantile * sqrt(S / (S - 1)) * standard deviation over resamples.

    With S - 1 degrees of freedom this is the t interval if the statistic is a mean over seeds; percentiles of 3
    resampled seeds would hold the truth 75 times in 100 at most.

    Args:
        statistics: One row for the seeds as they are, then one for each resample, shape (1 + B, ...).
        seeds: Number of seeds, S.
        level: Confidence.

    Returns:
        Shape (...); nan for fewer than two seeds, which do not show their scatter.

    Source: Hesterberg 2015, The American Statistician 69, 371 (t intervals with bootstrap standard errors).
    """
    if seeds < 2:
        return np.full(statistics.shape[1:], nan)
    if not np.isfinite(statistics[1:]).all():
        # What is unknown in a resample has no standard deviation; callers leave such resamples out, or have none.
        statistics = np.where(np.isfinite(statistics).all(axis=0), statistics, nan)
    quantile = float(t_distribution.isf((1 - level) / 2, seeds - 1))
    reach: Array = quantile * np.sqrt(seeds / (seeds - 1)) * statistics[1:].std(axis=0)
    return reach
