"""The value at infinite size, extrapolated, and how far every size is from it."""

from dataclasses import dataclass
from math import inf

import numpy as np
import pandas as pd
from scipy.stats import f

from spectra.fitting.intervals import Array, half_width
from spectra.verdicts.seed_blocks import SeedBlocks
from spectra.verdicts.size_points import SizePoints

# Powers of 1/size with which networks approach their limit: fluctuations of one network go with the first, the mean
# over seeds of a smooth function of averages over units with the second.
SIZE_EXPONENTS = (0.5, 1.0)
ROUNDING = 1e-12
"""Relative scatter of seeds that is none: networks that begin as zero functions have the same loss up to rounding."""
REJECTED = 0.01
"""Error with which a way to a limit is rejected: a convention."""


@dataclass(frozen=True)
class InfiniteSize:
    """Least-squares fit of y = y_inf + sum over columns of c * (smallest / size)^p for every seed and checkpoint."""

    exponent: float  # p
    limit: Array  # (S, T), y_inf
    coefficients: Array  # (S, J, T), the gap of the smallest value of each column
    misfit: float  # squared distance of the seed means from the fit, in units of the scatter of seeds


def tells_limit(points: SizePoints) -> bool:
    """Whether a limit can be told: of two values of a column every power of the size goes through both."""
    sizes, columns = points.values.shape
    return sizes > columns + 1 and all(len(np.unique(values)) > 2 for values in points.values.T)


def infinite_size(blocks: SeedBlocks) -> InfiniteSize:
    """The fit with the more likely of `SIZE_EXPONENTS`; with 1/2, the farther limit, where they cannot be compared.

    The likelihood is that of normal seed means, each checkpoint with its own scatter: the exponent with the smaller sum
    of squared standardised residuals of the means has the larger one.
    """
    fits = infinite_sizes(blocks)
    return min(fits, key=lambda fit: fit.misfit)


def infinite_sizes(blocks: SeedBlocks) -> list[InfiniteSize]:
    """One fit for each of `SIZE_EXPONENTS`."""
    return [_fit(blocks.values, blocks.points, exponent) for exponent in SIZE_EXPONENTS]


def _fit(values: Array, points: SizePoints, exponent: float) -> InfiniteSize:
    powers = (points.values / points.values.min(axis=0)) ** -exponent
    design = np.column_stack([np.ones(len(powers)), powers])
    found = np.einsum("jk,skt->sjt", np.linalg.pinv(design), values)
    misfit = _misfit(values, design) if len(powers) > design.shape[1] else 0.0
    return InfiniteSize(exponent, found[:, 0], found[:, 1:], misfit)


def limitless(blocks: SeedBlocks) -> bool:
    """Whether every way to a limit is rejected, and a power of the size fits better, which has no limit but zero.

    The lack of fit of `infinite_sizes`, a mean over checkpoints of F statistics, is held against the upper `REJECTED`
    quantile of one of them.
    """
    sizes, columns = blocks.points.values.shape
    seeds, left = len(blocks.seeds), sizes - 1 - columns
    if left < 1 or seeds < 2:
        return False
    bound = float(f.ppf(1 - REJECTED, left, (seeds - 1) * sizes)) * left * len(blocks.steps) / seeds
    power = _misfit(blocks.values, np.column_stack([np.ones(sizes), np.log(blocks.points.values)]))
    nearest = min(fit.misfit for fit in infinite_sizes(blocks))
    return bool(nearest > max(bound, power))


def _misfit(values: Array, design: Array) -> float:
    """Squared distance of the seed means from their fit, over the variance of seeds, summed over checkpoints."""
    rest = np.eye(len(design)) - design @ np.linalg.pinv(design)
    residuals = np.einsum("kj,sjt->skt", rest, values).mean(axis=0)
    scatter = values.var(axis=0, ddof=1).mean(axis=0) if len(values) > 1 else np.ones(values.shape[2])
    # Without scatter every checkpoint counts alike; differences of rounding are no reason to prefer an exponent.
    rounding = (ROUNDING * max(1.0, float(np.abs(values).max(initial=0.0)))) ** 2
    scale = np.where(scatter > rounding, scatter, 1.0)
    return round(float((np.square(residuals).sum(axis=0) / scale).sum()), 12)


def gaps_by_step(blocks: SeedBlocks, fit: InfiniteSize, *, level: float) -> pd.DataFrame:
    """Gap of every size to the limit: size, step, gap, low, high, squared.

    The gap is signed, in log units, with the t interval of its mean over seeds. `squared` estimates the square of the
    mean gap without the bias that noise adds: the mean, over all ways to split the seeds into two halves, of the
    product of the two halves' mean gaps. Each pair of different seeds is then parted equally often, so that this equals
    the mean of g_i g_j over all pairs i != j. It may be negative, and is zero on average where there is no gap.
    """
    gaps = blocks.values - fit.limit[:, None, :]
    seeds, sizes, steps = gaps.shape
    mean, reach = gaps.mean(axis=0), half_width(gaps, level=level)
    squared = (np.square(gaps.sum(axis=0)) - np.square(gaps).sum(axis=0)) / (seeds * (seeds - 1))
    named = blocks.points.table().loc[np.repeat(np.arange(sizes), steps)].reset_index(drop=True)
    columns = {"gap": mean, "low": mean - reach, "high": mean + reach, "squared": squared}
    flat = {name: values.reshape(-1) for name, values in columns.items()}
    return pd.concat([named, pd.DataFrame({"step": np.tile(blocks.steps, sizes), **flat})], axis=1)


def largest_gap(blocks: SeedBlocks, place: int, *, level: float) -> float:
    """Upper bound on |gap| along one column at every checkpoint after step 0, whichever of `SIZE_EXPONENTS` is true.

    The largest end of all t intervals of the smallest size's gap. It is below the largest true gap with probability
    (1 - level) / 2 at most, because the interval at that one checkpoint would have to miss it.
    """
    later = np.array(blocks.steps) > 0
    if not later.any():
        return inf
    ends = []
    for fit in infinite_sizes(blocks):
        gaps = fit.coefficients[:, place][:, later]
        ends.append(float((np.abs(gaps.mean(axis=0)) + half_width(gaps, level=level)).max()))
    return max(ends)
