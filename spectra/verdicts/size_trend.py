"""How a quantity changes per doubling of size, checkpoint by checkpoint (test A)."""

from dataclasses import dataclass
from itertools import combinations
from math import nan

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from spectra.fitting.intervals import Array, Interval, half_width
from spectra.verdicts.seed_blocks import SeedBlocks
from spectra.verdicts.size_points import SizePoints

# The simultaneous intervals spend half of their error on the mean over checkpoints and half on the checkpoints. The
# mean costs one comparison: with 3 seeds it is what can still show a violation when there are many checkpoints.
SHARE_OF_MEAN = 0.5
# Advice stops at this many seeds: beyond, another margin or a less noisy quantity is the better way.
MOST_SEEDS = 1000


@dataclass(frozen=True)
class SizeTrend:
    """Slopes of log quantity over log2 size, with intervals for proving and for refuting that they are small."""

    by_step: pd.DataFrame  # scale, step, slope, low, high, band_low, band_high, lack_of_fit, largest_gap
    mean_scale: str  # column that the mean slope is along: the one with the steepest
    mean_slope: float
    mean_slope_interval: Interval  # simultaneous with the band


def size_trend(blocks: SeedBlocks, *, level: float) -> SizeTrend:
    """Slope b(t) at every checkpoint: the mean over seeds of each seed's least-squares slope of log value on log2 size.

    Over two columns each seed gives two slopes, by regression on both, and the table holds the checkpoints of one
    column after those of the other. All claims are then about both together.

    Columns of the table, all but `scale`, `step` and `lack_of_fit` in log units (per doubling, but for `largest_gap`):

    - low, high: pointwise t interval at `level`, S - 1 degrees of freedom. Each seed gives one slope, so that whatever
      its runs share across sizes cancels. These serve the equivalence test: all of them inside the margin refutes
      "beyond the margin at some checkpoint" at error (1 - level) / 2, without correction for the number of
      checkpoints (intersection-union test of two one-sided tests; Berger and Hsu 1996, Schuirmann 1987).
    - band_low, band_high: simultaneous at (1 + level) / 2 over all checkpoints and the mean slope together. To claim
      a violation at one of many checkpoints the error must be shared. It is shared by Bonferroni, half on the mean
      over checkpoints, half on the T checkpoints, which holds the level for any number of seeds and any correlation in
      time (the tests simulate it). The usual choice, a seed bootstrap of max |t|, holds it for few seeds too, but is
      wider: with 13 checkpoints its median critical value is 31 for 3 seeds, 19 for 5 and 5.3 for 8 (correlation 0.7
      in time), against 23, 7.2 and 4.8 here and 6.2, 3.5 and 2.8 for the mean slope. Drawing from the estimated
      correlation is narrower, but errs in 7 of 100 cases instead of 5: few seeds make it look higher than it is.
    - lack_of_fit: p value of the F test that the seed means lie on a line (a plane), (K - 1 - J, (S - 1)(K - 1 - J))
      degrees of freedom for J columns, residuals of each seed around its own line; nan where none are left.
    - largest_gap: upper end of the t interval of |log ratio|, the largest over all pairs of sizes. A hump over sizes
      has no slope; this sees it.
    """
    columns, values = blocks.points.columns, blocks.values
    if values.size == 0 or len(blocks.sizes) < 2:
        return _no_trend(columns[0], level)
    slopes = np.einsum("jk,skt->sjt", blocks.points.slope_contrasts, values)
    lack, gap = _lack_of_fit(values, blocks.points), _largest_gap(values, level)
    found = bands(slopes.reshape(len(values), -1), level=level)
    by_step = pd.DataFrame({"scale": np.repeat(columns, len(blocks.steps)), "step": blocks.steps * len(columns)})
    by_step = pd.concat([by_step, found.rename(columns={"mean": "slope"})], axis=1)
    by_step["lack_of_fit"], by_step["largest_gap"] = np.tile(lack, len(columns)), np.tile(gap, len(columns))
    means = slopes.mean(axis=2)
    reach = half_width(means, level=(1 + level) / 2, comparisons=len(columns) / SHARE_OF_MEAN)
    steepest = int((np.abs(means.mean(axis=0)) - reach).argmax())
    middle, ends = float(means[:, steepest].mean()), float(reach[steepest])
    return SizeTrend(by_step, columns[steepest], middle, Interval(middle - ends, middle + ends, (1 + level) / 2))


def bands(samples: Array, *, level: float) -> pd.DataFrame:
    """Mean over seeds with a pointwise interval and with a band that holds for all columns and their mean together.

    Args:
        samples: One row per seed, shape (S, T).
        level: Confidence of the pointwise intervals; the band holds at (1 + level) / 2.

    Returns:
        Columns mean, low, high, band_low, band_high; T rows.
    """
    centre, pointwise = samples.mean(axis=0), half_width(samples, level=level)
    band = half_width(samples, level=(1 + level) / 2, comparisons=samples.shape[1] / (1 - SHARE_OF_MEAN))
    return pd.DataFrame(
        {
            "mean": centre,
            "low": centre - pointwise,
            "high": centre + pointwise,
            "band_low": centre - band,
            "band_high": centre + band,
        }
    )


def _no_trend(column: str, level: float) -> SizeTrend:
    """What is left without two sizes, a seed and a checkpoint."""
    names = ["scale", "step", "slope", "low", "high", "band_low", "band_high", "lack_of_fit", "largest_gap"]
    return SizeTrend(pd.DataFrame(columns=names, dtype=float), column, nan, Interval(nan, nan, (1 + level) / 2))


def seed_slopes(values: Array, doublings: Array) -> Array:
    """Least-squares slopes over log2 size, shape (S, T), of values of shape (S, K, T)."""
    centred = doublings - doublings.mean()
    slopes: Array = np.einsum("k,skt->st", centred, values) / (centred @ centred)
    return slopes


def _lack_of_fit(values: Array, points: SizePoints) -> Array:
    """P values (T,) of the F test for curvature over sizes; one where the means are a line to rounding."""
    seeds, sizes, steps = values.shape
    degrees = sizes - 1 - len(points.columns), (seeds - 1) * (sizes - 1 - len(points.columns))
    if min(degrees) < 1:
        return np.full(steps, np.nan)
    centred = points.doublings - points.doublings.mean(axis=0)
    line = np.einsum("lj,jk,skt->slt", centred, points.slope_contrasts, values)
    residuals = values - values.mean(axis=1, keepdims=True) - line
    common = residuals.mean(axis=0)
    between = seeds * np.square(common).sum(axis=0) / degrees[0]
    within = np.square(residuals - common).sum(axis=(0, 1)) / degrees[1]
    rounding = np.square(1e-12 * np.maximum(1.0, np.abs(values).max()))
    p_values: Array = f_distribution.sf(between / np.maximum(within, rounding), *degrees)
    return np.where(between > rounding, p_values, 1.0)


def _largest_gap(values: Array, level: float) -> Array:
    """Upper ends (T,) of |mean log ratio|, the largest over pairs of sizes."""
    gaps = np.stack([values[:, i] - values[:, j] for i, j in combinations(range(values.shape[1]), 2)], axis=1)
    upper: Array = (np.abs(gaps.mean(axis=0)) + half_width(gaps, level=level)).max(axis=0)
    return upper


def seeds_needed(by_step: pd.DataFrame, seeds: int, *, level: float, margin: float) -> int | None:
    """Seeds with which the worst checkpoint would pass in four of five repetitions, slope and scatter unchanged.

    None if some slope is not below the margin, so that no number of seeds helps, or more than `MOST_SEEDS` are needed.
    """
    room = margin - by_step["slope"].abs().to_numpy()
    if not (room > 0).all():
        return None
    reach = (by_step["high"] - by_step["low"]).to_numpy() / 2
    return enough_seeds(float((reach / room).max()), seeds, level=level)


def enough_seeds(excess: float, seeds: int, *, level: float) -> int | None:
    """Seeds with which an interval would keep clear of a bound in four of five repetitions.

    Smallest S with (t_(1+level)/2 + t_0.8) * scatter / sqrt(S) <= room; None above `MOST_SEEDS`.

    Args:
        excess: Half the width of the present t interval, divided by the distance of its middle from the bound.
        seeds: Seeds that the present interval rests on.
        level: Confidence of the interval.
    """
    scatter = excess * np.sqrt(seeds) / float(t_distribution.isf((1 - level) / 2, seeds - 1))
    counts = np.arange(seeds + 1, MOST_SEEDS + 1)
    factors = (t_distribution.isf((1 - level) / 2, counts - 1) + t_distribution.isf(0.2, counts - 1)) / np.sqrt(counts)
    enough = np.flatnonzero(factors * scatter <= 1)
    return int(counts[enough[0]]) if enough.size else None
