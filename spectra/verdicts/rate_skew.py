"""Tuning curves that are steeper on one side of their minimum than on the other."""

from dataclasses import replace
from math import inf, nan

import numpy as np

from spectra.fitting.intervals import Array
from spectra.verdicts.rate_optimum import Optima, criterion_at, local_fit

# Ratio of the rises on both sides of a minimum above which a parabola does not stand for the curve: at three quarters
# of its reach exp(x) - x, for which the error of the parabola was measured, has up to 3.4 on a grid of factors of 2. A
# curve that falls slowly to a cliff has more: 9 for exact linear networks, whose parabola errs by 0.4 octaves.
MOST_SKEW = 3.5
# Reach of the cubic in reaches of the parabola. In simulated studies with 3 seeds the scatter of the drift that it
# implies was 0.03 octaves per doubling at 1.3 and 0.01 at 2; from 2.5 on it was too large by a tenth.
WIDER = 2.0
# Octaves within which rates count as one, such as 0.3 and 0.1 + 0.2: the difference of their curves is noise.
APART = 0.01


def skew_excess(log2_rates: Array, curves: Array, best: Optima) -> Array:
    """How much steeper a curve is on one side of its minimum than a parabola bears: positive if too much, (B,) nats.

    The larger of the rises above the best point on either side, three quarters of the reach of the parabola away, minus
    `MOST_SKEW` times the other. inf where a seed diverged there; nan outside the grid, or without a parabola.
    """
    reach = best.high - best.low
    unread = replace(best, curvature=np.full_like(best.curvature, nan))  # without parabolas the curve itself is read
    sides = [criterion_at(best.position + side * 0.75 * reach, log2_rates, curves, unread) for side in (-1, 1)]
    lower, upper = (side - curves.min(axis=1) for side in sides)
    with np.errstate(invalid="ignore"):
        excess: Array = np.maximum(lower - MOST_SKEW * upper, upper - MOST_SKEW * lower)
    return np.where(np.isnan(lower) | np.isnan(upper), nan, np.where(np.isinf(lower) | np.isinf(upper), inf, excess))


def skew_shift(log2_rates: Array, curves: Array, best: Optima) -> Array:
    """Octaves (B,) by which a skew moves the minimum of the parabola, to the flatter side.

    A cubic is fitted with weights `WIDER` times as wide, and a parabola is fitted to its odd part as it was to the
    curve. Without the shift the minimum is no farther from the best grid point than that of a parabola may be: a curve
    with a flat bottom and a wall is no cubic. nan where it is unknown: without a parabola, or with fewer than four
    rates that are `APART` and have no diverged seed.
    """
    finite = np.isfinite(curves)
    apart = finite & (np.diff(log2_rates, prepend=-inf) > APART)
    shift = np.full(len(curves), nan)
    rows = np.flatnonzero(best.interpolated & (apart.sum(axis=1) > 3))
    distance, reach = log2_rates[None, :] - best.position[rows, None], (best.high - best.low)[rows]
    targets = np.where(finite[rows], curves[rows], 0.0)
    odd = local_fit(distance, targets, apart[rows], WIDER * reach, degree=3)[3]
    _, slope, _ = local_fit(distance, odd[:, None] * distance**3, finite[rows], reach)
    implied = best.position[rows] + slope / (2 * best.curvature[rows])
    best_point = log2_rates[best.place[rows]]
    shift[rows] = best.position[rows] - np.clip(implied, best_point - reach / 2, best_point + reach / 2)
    return shift
