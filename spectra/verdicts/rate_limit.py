"""The largest learning rate that training survives, by size, and how it drifts."""

from dataclasses import dataclass
from math import isnan, nan

import numpy as np
import pandas as pd

from spectra.fitting.intervals import Array, Interval, half_width
from spectra.verdicts.long_table import rows_of
from spectra.verdicts.rate_blocks import RateBlocks
from spectra.verdicts.rate_resamples import RateResamples, resampled_reach
from spectra.verdicts.verdict import range_words, row_at

SHARPNESS, PLATEAU = "effective_sharpness", 0.5


@dataclass(frozen=True)
class RateLimit:
    """Where training starts to diverge, by size, beside the best rate and the sharpness there."""

    by_size: pd.DataFrame  # size, stable, diverging, limit, low, high, share, share_low, share_high, sharpness and ends
    drift: float  # octaves of the limit per doubling of size; nan where a limit lies beyond its grid
    interval: Interval
    resolution: float  # octaves per doubling: how far the spacing of the grids alone leaves the drift open, either way
    above: tuple[float, ...]  # sizes of which some seed diverged at no rate: its limit is above those tried
    below: tuple[float, ...]  # sizes of which some seed diverged at the smallest rate already: below those tried


def rate_limit(table: pd.DataFrame, blocks: RateBlocks, tuned: RateResamples, *, scale: str, level: float) -> RateLimit:
    """Largest stable rates and their drift.

    Columns by size:

    - stable: largest rate at which no seed diverged; diverging: the next rate of the grid (nan if none).
    - limit, low, high: geometric mean over seeds of each seed's own limit, taken halfway (in log2) between its last
      rate before the first divergence and the next one; t interval, widened by half a step, which the grid leaves
      open. The worst of S seeds falls as seeds are added; the mean of their limits does not.
    - share, share_low, share_high: best rate over that limit. The optimum need not sit at the edge.
    - sharpness, sharpness_low, sharpness_high: effective sharpness (rate times preconditioned eigenvalue) at the rate
      `stable`: geometric mean over the last half of the checkpoints and over seeds with t interval; nan where it was
      not measured. `stability_edge` compares it with the optimizer's limit.

    The drift is the slope of log2 limit over log2 size: every seed gives one, and the t interval of their mean is
    widened by the largest slope that positions within half a step of the grid can add (`resolution`).

    Args:
        table: The long table of the blocks.
        blocks: Criterion by seed, size and rate.
        tuned: `rate_resamples` of these blocks.
        scale: The column that grows.
        level: Confidence of the intervals.
    """
    limits, halves = _seed_limits(blocks)
    measured = rows_of(table, SHARPNESS)
    rows = []
    for index, (size, rates) in enumerate(zip(blocks.sizes, blocks.rates, strict=True)):
        stable, diverging = _bracket(rates, blocks.values[index])
        middle, reach = _mean_and_reach(limits[:, index], level, float(halves[index]))
        row = {"size": size, "stable": stable, "diverging": diverging, **_powers("limit", "", middle, reach)}
        share, reach = _share(limits[:, index], tuned, index, level, float(halves[index]))
        row |= _powers("share", "share_", share, reach)
        rows.append({**row, **_sharpness(measured, blocks, scale, size=size, rate=stable, level=level)})
    drift, interval, resolution = _drift(limits, halves, blocks.sizes, level)
    lost = [np.isinf(values) for values in blocks.values]
    above = tuple(size for size, one in zip(blocks.sizes, lost, strict=True) if not one.any(axis=1).all())
    below = tuple(size for size, one in zip(blocks.sizes, lost, strict=True) if one[:, 0].any())
    return RateLimit(pd.DataFrame(rows), drift, interval, resolution, above, below)


def _seed_limits(blocks: RateBlocks) -> tuple[Array, Array]:
    """log2 limits (S, K), nan beyond a grid, and half the largest step in which one of them lies, (K,)."""
    limits = np.full((len(blocks.seeds), len(blocks.sizes)), nan)
    halves = np.zeros(len(blocks.sizes))
    for index, (rates, values) in enumerate(zip(blocks.rates, blocks.values, strict=True)):
        lost = np.isinf(values)
        first, grid = lost.argmax(axis=1), np.log2(rates)
        known = lost.any(axis=1) & (first > 0)
        below, above = grid[first[known] - 1], grid[first[known]]
        limits[known, index] = (below + above) / 2
        halves[index] = ((above - below) / 2).max(initial=0.0)
    return limits, halves


def _bracket(rates: Array, values: Array) -> tuple[float, float]:
    """Largest rate at which no seed diverged and the next one; nan where there is none."""
    whole = np.flatnonzero(np.isfinite(values).all(axis=0)) if len(values) else np.zeros(0, dtype=int)
    if not whole.size:
        return nan, float(rates[0]) if len(values) else nan
    last = int(whole[-1])
    return float(rates[last]), float(rates[last + 1]) if last + 1 < rates.size else nan


def _mean_and_reach(samples: Array, level: float, half: float) -> tuple[float, float]:
    if not len(samples):
        return nan, nan
    return float(samples.mean()), float(half_width(samples, level=level)) + half


def _powers(name: str, prefix: str, middle: float, reach: float) -> dict[str, float]:
    return {name: 2**middle, f"{prefix}low": 2 ** (middle - reach), f"{prefix}high": 2 ** (middle + reach)}


def _share(limits: Array, tuned: RateResamples, index: int, level: float, half: float) -> tuple[float, float]:
    """log2 of best rate over limit and its reach."""
    if not len(limits):
        return nan, nan
    distances = tuned.best[index].position - limits[tuned.drawn].mean(axis=1)
    # Without a parabola the optimum is known to a step of the grid, which is twice half of one.
    grid = half if tuned.best[index].interpolated[0] else 3 * half
    return float(distances[0]), float(resampled_reach(distances, seeds=tuned.seeds, level=level)) + grid


def _drift(limits: Array, halves: Array, sizes: tuple[float, ...], level: float) -> tuple[float, Interval, float]:
    """Slope over log2 size, interval, and how far the grids alone leave it open."""
    doublings = np.log2(np.array(sizes))
    centred = doublings - doublings.mean()
    if len(sizes) < 2 or not len(limits) or np.isnan(limits).any():
        return nan, Interval(nan, nan, level), nan
    slopes = limits @ centred / (centred @ centred)
    resolution = float(np.abs(centred) @ halves / (centred @ centred))
    drift, reach = _mean_and_reach(slopes, level, resolution)
    return drift, Interval(drift - reach, drift + reach, level), resolution


def _sharpness(
    measured: pd.DataFrame, blocks: RateBlocks, scale: str, *, size: float, rate: float, level: float
) -> dict[str, float]:
    """Plateau of the effective sharpness at one size and rate, over the seeds of the blocks."""
    rows = measured[(measured[scale] == size) & (measured["rate"] == rate) & measured["seed"].isin(blocks.seeds)]
    wide = rows.pivot(index="seed", columns="step", values="value").to_numpy(dtype=np.float64)
    wide = wide[:, wide.shape[1] - int(np.ceil(PLATEAU * wide.shape[1])) :]
    middle, reach = nan, nan
    if wide.size and len(wide) == len(blocks.seeds) and (wide > 0).all():
        logs = np.log2(wide).mean(axis=1)
        middle, reach = _mean_and_reach(logs, level, 0.0)
    return _powers("sharpness", "sharpness_", middle, reach)


def limit_notes(found: RateLimit, scale: str) -> tuple[str, ...]:
    """The largest stable rates in one sentence; none without two seeds."""
    first, last = row_at(found.by_size, 0), row_at(found.by_size, -1)
    if found.above or found.below:
        return tuple(_beyond_words(found, scale))
    if isnan(found.drift):
        return ()
    return (
        f"Training starts to diverge at a rate of about {first['limit']:.3g} at {scale} {first['size']:g} and "
        f"{last['limit']:.3g} at {last['size']:g}: a drift of {found.drift:+.3f} octaves per doubling of {scale} "
        f"({range_words(found.interval, 3)}, ±{found.resolution:.2g} of it from the grid). The best rate is "
        f"{100 * last['share']:.0f} % of it at {last['size']:g}.",
    )


def _beyond_words(found: RateLimit, scale: str) -> list[str]:
    """Why the largest stable rate is not known at some sizes: it lies above the rates that were tried, or below."""
    if len(found.above) == len(found.by_size) and found.by_size["diverging"].isna().all():
        return ["No run diverged at the rates that are compared, so the largest stable rate is not known."]
    above, below = (", ".join(f"{size:g}" for size in sizes) for sizes in (found.above, found.below))
    told = [
        f"At {scale} {above} some seed diverged at none of the rates tried, so where training starts to diverge is not "
        "known there: larger rates would tell.",
        f"At {scale} {below} some seed diverged at the smallest rate tried already, so the largest stable rate is not "
        "known there: smaller rates would tell.",
    ]
    return [words for words, sizes in zip(told, (above, below), strict=True) if sizes]
