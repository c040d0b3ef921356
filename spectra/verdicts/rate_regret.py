"""What it costs to train one size at the learning rate that was tuned at another."""

from dataclasses import dataclass
from math import inf, isnan, nan

import numpy as np
import pandas as pd

from spectra.fitting.intervals import Array
from spectra.verdicts.rate_blocks import RateBlocks
from spectra.verdicts.rate_drift import GRID_SPREAD
from spectra.verdicts.rate_optimum import criterion_at
from spectra.verdicts.rate_resamples import RateResamples, resampled_reach

COLUMNS = ["tuned_at", "run_at", "regret", "low", "high", "percent", "noise", "interpolated"]


@dataclass(frozen=True)
class RateRegrets:
    """Costs of every transfer between two sizes, with intervals."""

    table: pd.DataFrame  # tuned_at, run_at, regret (nats), low, high, percent, noise, interpolated
    roots: Array  # (1 + B, K), signed roots of the regret at the largest size: the seeds as they are, then resamples


def rate_regrets(blocks: RateBlocks, tuned: RateResamples, *, level: float) -> RateRegrets:
    """Regret of size M trained at the best rate of size N: L_M(rate_N) - L_M(rate_M), L the seed mean of the criterion.

    The criterion is a log loss, so a regret c raises the loss itself by the share exp(c) - 1 (column `percent`).
    Column `noise` divides c by the standard deviation over seeds of single runs of size M at its best grid rate.

    The interval. A regret is the square of something smooth: near the optimum it is a parabola, and its signed root
    r = sign(rate_N - rate_M) sqrt(regret) is linear in the distance of the two rates, while c itself has no slope where
    the rates agree, so that an interval estimate +- reach around c fails there (its upper end can miss a small regret
    twice as often as it should). Hence r gets the interval, from resampled seeds (`resampled_reach`), with all that is
    uncertain in it: both optima, and the curve of size M, on shared seeds; `root_slack` adds what the grid leaves open.
    Its square is the interval of c, which is
    zero at the low end where the sign of the distance is open.

    An infinite regret means that some seed of size M diverged beside that rate; the interval ends at infinity where
    that happens in more than (1 - level) / 2 of the resamples, or where the rate leaves the grid of size M. Where a
    best rate could not be interpolated (`interpolated` is false) the regret is that of the best rate tried. Straight
    lines and parabolas through noisy means may pass below the minimum, so an estimate may be slightly negative.

    Args:
        blocks: Criterion by seed, size and rate.
        tuned: `rate_resamples` of these blocks.
        level: Confidence of the intervals.

    Source: transfer regret as in Ghosh, Wu and Bietti 2025, arXiv 2512.22768, with the largest size in place of the
    infinite one; the interval is ours.
    """
    count, rows, roots = len(blocks.sizes), [], np.empty((len(tuned.drawn), len(blocks.sizes)))
    for run_at in range(count):
        slack_here = root_slack(tuned, run_at)
        scatter = _scatter(blocks, tuned, run_at)
        for tuned_at in range(count):
            costs = _costs(tuned, tuned_at, run_at)
            distance = tuned.best[tuned_at].position - tuned.best[run_at].position
            with np.errstate(invalid="ignore"):
                roots[:, tuned_at] = np.sign(distance) * np.sqrt(np.maximum(costs, 0))
                noise = float(costs[0] / scatter) if scatter > 0 else nan
            slack = 0.0 if tuned_at == run_at else slack_here
            low, high = squared_interval(roots[:, tuned_at], slack, seeds=tuned.seeds, level=level)
            known = bool(tuned.best[tuned_at].interpolated[0] and tuned.best[run_at].interpolated[0])
            with np.errstate(over="ignore"):
                percent = 100 * float(np.expm1(costs[0]))
            sizes = blocks.sizes[tuned_at], blocks.sizes[run_at]
            rows.append((*sizes, float(costs[0]), low, high, percent, noise, known))
    table = pd.DataFrame(rows, columns=COLUMNS).sort_values(["tuned_at", "run_at"], ignore_index=True)
    return RateRegrets(table, roots)


def _costs(tuned: RateResamples, tuned_at: int, run_at: int) -> Array:
    """Regrets (1 + B,) of one transfer."""
    best = tuned.best[run_at]
    reached = criterion_at(tuned.best[tuned_at].position, tuned.grids[run_at], tuned.curves[run_at], best)
    with np.errstate(invalid="ignore"):
        costs: Array = reached - best.value
    return costs


def _scatter(blocks: RateBlocks, tuned: RateResamples, run_at: int) -> float:
    """Standard deviation over seeds of the criterion at the best grid rate; nan where it is unknown."""
    runs = blocks.values[run_at][:, int(tuned.best[run_at].place[0])]
    return float(runs.std(ddof=1)) if len(runs) > 1 and np.isfinite(runs).all() else nan


def root_slack(tuned: RateResamples, run_at: int) -> float:
    """How far the grid leaves a signed root open: root of the curvature times `GRID_SPREAD` times the squared step."""
    best, grid = tuned.best[run_at], tuned.grids[run_at]
    place = int(best.place[0])
    if not best.interpolated[0]:
        return 0.0
    step = max(grid[place + 1] - grid[place], grid[place] - grid[place - 1])
    return float(np.sqrt(best.curvature[0]) * GRID_SPREAD * step**2)


def squared_interval(roots: Array, slack: float, *, seeds: int, level: float) -> tuple[float, float]:
    """Ends of the interval of r^2, given r for the seeds as they are and for the resamples, shape (1 + B,).

    `slack` widens the interval of r on either side.
    """
    if seeds < 2 or isnan(roots[0]):
        return nan, nan
    finite, error = np.isfinite(roots[1:]), (1 - level) / 2
    if finite.mean() <= error:
        return inf, inf
    if not np.isfinite(roots[0]):
        return 0.0, inf
    kept = np.concatenate([roots[:1], roots[1:][finite]])
    reach = float(resampled_reach(kept, seeds=seeds, level=level)) + slack
    middle = abs(float(roots[0]))
    high = inf if 1 - finite.mean() > error else (middle + reach) ** 2
    return max(0.0, middle - reach) ** 2, high
