"""Best learning rates by size and their drift, with intervals from resampled seeds."""

from dataclasses import dataclass
from math import inf, nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as t_distribution

from spectra.fitting.intervals import Interval
from spectra.verdicts.rate_blocks import RateBlocks
from spectra.verdicts.rate_optimum import Optima, criterion_at, optima

Array = NDArray[np.float64]
RESAMPLES = 2000


@dataclass(frozen=True)
class Edge:
    """A size whose best rate is the last that was tried."""

    size: float
    rate: float  # nan where every rate diverged
    direction: str  # where to extend the grid: "smaller", "larger" or "smaller and larger"


@dataclass(frozen=True)
class RateDrift:
    """Best rates by size, how they drift, and what the grid lets one see of it."""

    optima: pd.DataFrame  # size, optimum, low, high, edge, stable_edge
    regret: pd.DataFrame  # size, regret
    drift: float  # octaves per doubling of size; nan where a best rate is unknown
    interval: Interval
    resolution: float  # octaves: largest spacing of a grid beside its optimum
    interpolated: bool  # every optimum lies on a parabola; if not, the interval is widened by the grid
    edges: tuple[Edge, ...]


def rate_drift(blocks: RateBlocks, *, level: float, resampling_seed: int) -> RateDrift:
    """Drift: least-squares slope of the log2 of the best rate over the log2 of the size.

    Best rates are those of the seed means (see `optima`). Seeds are resampled, the same at all sizes, and the interval
    is the estimate plus and minus t quantile * sqrt(S / (S - 1)) * (standard deviation over resamples), S - 1 degrees
    of freedom: for a mean this is the t interval, while percentiles of 3 resampled seeds would hold the truth 75 times
    in 100 at most. It sees the scatter of seeds and not what lies between grid points. Where an optimum could not be
    interpolated it is known to one grid step on either side: its interval is widened by that, and the interval of the
    drift by one step over the range of sizes.

    Args:
        blocks: Criterion by seed, size and rate.
        level: Confidence of the intervals.
        resampling_seed: Seed of the generator that draws the resamples.

    Source: Hesterberg 2015, The American Statistician 69, 371 (t intervals with bootstrap standard errors).
    """
    grids = [np.log2(rates) for rates in blocks.rates]
    found = [optima(grid, _means(values[None])) for grid, values in zip(grids, blocks.values, strict=True)]
    seeds = len(blocks.seeds)
    drawn = np.random.default_rng(resampling_seed).integers(0, max(seeds, 1), (RESAMPLES, seeds))
    shaken = [optima(grid, _means(values[drawn])) for grid, values in zip(grids, blocks.values, strict=True)]
    edges = _edges(blocks, found)
    spacings = [_spacing(grid, best) for grid, best in zip(grids, found, strict=True)]
    interpolated = all(bool(best.interpolated[0]) for best in found)
    drift, interval = nan, Interval(nan, nan, level)
    if not edges and len(grids) > 1 and seeds:
        doublings = np.log2(np.array(blocks.sizes))
        drift = float(_slopes(found, doublings)[0])
        reach = _reach(_slopes(shaken, doublings), seeds, level)
        reach += 0.0 if interpolated else max(map(max, spacings)) / float(np.ptp(doublings))
        interval = Interval(drift - reach, drift + reach, level)
    reaches = [_reach(positions.position, seeds, level) for positions in shaken]
    return RateDrift(
        optima=_optima_table(blocks, found, reaches, spacings),
        regret=_regret(blocks, grids, found),
        drift=drift,
        interval=interval,
        resolution=max(map(max, spacings)),
        interpolated=interpolated,
        edges=edges,
    )


def _means(values: Array) -> Array:
    """Seed means (B, R) of the criterion (B, S, R): inf where a seed diverged, nan without seeds."""
    if values.shape[1] == 0:
        return np.full((values.shape[0], values.shape[2]), nan)
    means: Array = values.mean(axis=1)
    return means


def _slopes(found: list[Optima], doublings: Array) -> Array:
    """Slopes (B,) of the positions of the optima over log2 size."""
    centred = doublings - doublings.mean()
    slopes: Array = centred @ np.stack([best.position for best in found]) / (centred @ centred)
    return slopes


def _reach(resampled: Array, seeds: int, level: float) -> float:
    if seeds < 2:
        return nan
    return float(t_distribution.isf((1 - level) / 2, seeds - 1) * np.sqrt(seeds / (seeds - 1)) * resampled.std())


def _spacing(grid: Array, best: Optima) -> tuple[float, float]:
    """Octaves from the best grid point to its neighbours below and above; zero at an end of the grid."""
    place = int(best.place[0])
    below = float(grid[place] - grid[place - 1]) if place > 0 else 0.0
    above = float(grid[place + 1] - grid[place]) if place < grid.size - 1 else 0.0
    return below, above


def _edges(blocks: RateBlocks, found: list[Optima]) -> tuple[Edge, ...]:
    edges = []
    for size, rates, best in zip(blocks.sizes, blocks.rates, found, strict=True):
        place = int(best.place[0])
        if not blocks.seeds:
            continue
        if np.isnan(best.position[0]):
            edges.append(Edge(size, nan, "smaller"))
            continue
        directions = ["smaller"] * (place == 0) + ["larger"] * (place == rates.size - 1)
        if directions:
            edges.append(Edge(size, float(rates[place]), " and ".join(directions)))
    return tuple(edges)


def _optima_table(
    blocks: RateBlocks, found: list[Optima], reaches: list[float], spacings: list[tuple[float, float]]
) -> pd.DataFrame:
    """Size, optimum, low, high, edge and stable_edge (largest rate at which no seed diverged); all in units of rate."""
    rows = []
    for index, (size, rates, best) in enumerate(zip(blocks.sizes, blocks.rates, found, strict=True)):
        position, place, reach = float(best.position[0]), int(best.place[0]), reaches[index]
        below, above = (0.0, 0.0) if best.interpolated[0] else spacings[index]
        known = not np.isnan(position)
        edge = bool(blocks.seeds) and (not known or place in (0, rates.size - 1))
        # Beyond the end of a grid nothing is known, so the interval is open there.
        low = 0.0 if known and place == 0 else 2 ** (position - reach - below)
        high = inf if known and place == rates.size - 1 else 2 ** (position + reach + above)
        stable = rates[np.isfinite(_means(blocks.values[index][None])[0])]
        rows.append((size, 2**position, low, high, edge, float(stable.max()) if stable.size else nan))
    return pd.DataFrame(rows, columns=["size", "optimum", "low", "high", "edge", "stable_edge"])


def _regret(blocks: RateBlocks, grids: list[Array], found: list[Optima]) -> pd.DataFrame:
    """Size and regret: nats of the criterion that the largest size loses at the best rate of another size.

    The criterion at the largest size is interpolated (`criterion_at`), so a regret below the noise may be negative.
    """
    curve, best = _means(blocks.values[-1][None])[0], found[-1]
    losses = [criterion_at(float(one.position[0]), grids[-1], curve, best) - float(best.value[0]) for one in found]
    return pd.DataFrame({"size": blocks.sizes, "regret": losses})
