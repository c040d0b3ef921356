"""Best learning rates by size and their drift, with intervals from resampled seeds."""

from dataclasses import dataclass
from math import inf, nan

import numpy as np
import pandas as pd

from spectra.fitting.intervals import Array, Interval
from spectra.verdicts.rate_blocks import RateBlocks
from spectra.verdicts.rate_optimum import Optima
from spectra.verdicts.rate_resamples import RateResamples, resampled_reach
from spectra.verdicts.rate_skew import skew_shift

# Range of the error of an interpolated optimum while it moves between grid points, octaves per squared octave of grid
# step: 0.095 for exp(x) - x at its minimum on grids of factors of sqrt(2) and of 2, 0.05 for half that skew, below 0.02
# for symmetric curves and for finer grids (`tests/verdicts/test_rate_calibration.py`).
GRID_SPREAD = 0.1


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
    drift: float  # octaves per doubling of size; nan where a best rate is unknown
    interval: Interval
    resolution: float  # octaves: largest spacing of a grid beside its optimum
    coarsest: int  # row of `optima` at which that is
    interpolated: bool  # every optimum lies on a parabola; if not, the interval is widened by the grid
    skewed: float  # part of the drift that a skew implies, octaves per doubling: zero where unknown, nan as drift
    edges: tuple[Edge, ...]


def rate_drift(blocks: RateBlocks, tuned: RateResamples, *, level: float) -> RateDrift:
    """Drift: least-squares slope of the log2 of the best rate over the log2 of the size.

    Best rates are those of the seed means (see `optima`). Seeds are resampled, the same at all sizes, which gives the
    interval (`resampled_reach`). Seeds tell nothing of what lies between grid points. A skewed tuning curve moves the
    minimum of its parabola, by an amount that depends on where the optimum lies between them: the interval of the drift
    is widened by the largest slope that errors within `GRID_SPREAD` can add. A common part of that error, up to a
    sixteenth of the squared reach of the parabola in octaves, is the same at all sizes if the curves are alike, and
    cancels in the drift. If the skew changes with the size, some of it is left: `skewed`, the slope of the shifts that
    cubics imply (`skew_shift`) over the sizes whose curves tell them. The interval covers the drift with and without
    it. The intervals of single optima leave both out. Where an optimum could not be interpolated it is known to one
    grid step on either side: its interval is widened by that, and that of the drift by one step over the range of
    sizes.

    Args:
        blocks: Criterion by seed, size and rate.
        tuned: `rate_resamples` of these blocks.
        level: Confidence of the intervals.
    """
    edges = _edges(blocks, tuned)
    spacings = [_spacing(grid, best) for grid, best in zip(tuned.grids, tuned.best, strict=True)]
    coarsest = max(range(len(spacings)), key=lambda place: max(spacings[place]))
    step = max(spacings[coarsest])
    interpolated = all(bool(best.interpolated[0]) for best in tuned.best)
    positions = np.stack([best.position for best in tuned.best], axis=1)
    drift, skewed, interval = nan, nan, Interval(nan, nan, level)
    if not edges and len(blocks.sizes) > 1 and blocks.seeds:
        doublings = np.log2(np.array(blocks.sizes))
        centred = doublings - doublings.mean()
        slopes = positions @ centred / (centred @ centred)
        drift = float(slopes[0])
        reach = float(resampled_reach(slopes, seeds=tuned.seeds, level=level))
        spread = float(np.abs(centred).sum() / (centred @ centred)) * GRID_SPREAD * step**2 / 2
        reach += spread if interpolated else step / float(np.ptp(doublings))
        skewed = _skewed(tuned, doublings) if interpolated else 0.0
        interval = Interval(drift - max(skewed, 0.0) - reach, drift - min(skewed, 0.0) + reach, level)
    return RateDrift(
        optima=_optima_table(blocks, tuned, resampled_reach(positions, seeds=tuned.seeds, level=level), spacings),
        drift=drift,
        interval=interval,
        resolution=step,
        coarsest=coarsest,
        interpolated=interpolated,
        skewed=skewed,
        edges=edges,
    )


def _skewed(tuned: RateResamples, doublings: Array) -> float:
    """Slope of what the skew of the seed means makes of the optima, over sizes where it is known; zero for one."""
    shown = zip(tuned.grids, tuned.curves, tuned.best, strict=True)
    shifts = np.array([skew_shift(grid, curves, best)[0] for grid, curves, best in shown])
    known = np.isfinite(shifts)
    if known.sum() < 2:
        return 0.0
    centred = doublings[known] - doublings[known].mean()
    return float(shifts[known] @ centred / (centred @ centred))


def _spacing(grid: Array, best: Optima) -> tuple[float, float]:
    """Octaves from the best grid point to its neighbours below and above; zero at an end of the grid."""
    place = int(best.place[0])
    below = float(grid[place] - grid[place - 1]) if place > 0 else 0.0
    above = float(grid[place + 1] - grid[place]) if place < grid.size - 1 else 0.0
    return below, above


def _edges(blocks: RateBlocks, tuned: RateResamples) -> tuple[Edge, ...]:
    edges = []
    for size, rates, best in zip(blocks.sizes, blocks.rates, tuned.best, strict=True):
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
    blocks: RateBlocks, tuned: RateResamples, reaches: Array, spacings: list[tuple[float, float]]
) -> pd.DataFrame:
    """Size, optimum, low, high, edge and stable_edge (largest rate at which no seed diverged); all in units of rate."""
    rows = []
    for index, (size, rates, best) in enumerate(zip(blocks.sizes, blocks.rates, tuned.best, strict=True)):
        position, place, reach = float(best.position[0]), int(best.place[0]), float(reaches[index])
        below, above = (0.0, 0.0) if best.interpolated[0] else spacings[index]
        known = not np.isnan(position)
        edge = bool(blocks.seeds) and (not known or place in (0, rates.size - 1))
        # Beyond the end of a grid nothing is known, so the interval is open there.
        low = 0.0 if known and place == 0 else 2 ** (position - reach - below)
        high = inf if known and place == rates.size - 1 else 2 ** (position + reach + above)
        stable = rates[np.isfinite(tuned.curves[index][0])]
        rows.append((size, 2**position, low, high, edge, float(stable.max()) if stable.size else nan))
    return pd.DataFrame(rows, columns=["size", "optimum", "low", "high", "edge", "stable_edge"])
