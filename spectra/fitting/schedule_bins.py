"""Averages of a curve whose learning rate changes, over bins that are even in the logarithm until they get too long."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spectra.fitting.curves import Curve

SHARE = 1 / 500
"""Longest bin as a part of the run: a rate that falls in the last tenth of a run, as is usual, falls over 50 of them.
Bins that are even in the logarithm to the end would be 2 there."""


def schedule_bins(curve: Curve, *, per_decade: int = 50) -> Curve:
    """Means of x, rounded to whole steps, and of y over bins.

    A bin ends where x has grown by the factor 10^(1/per_decade) or by `SHARE` of the last x, whichever is nearer.

    Args:
        curve: The curve, x ascending.
        per_decade: Bins per factor of ten in x while they are short.

    Raises:
        ValueError: If per_decade is not positive.
    """
    if per_decade < 1:
        raise ValueError(f"per_decade is {per_decade}; a decade needs one bin or more")
    starts = _starts(curve.x, per_decade)
    weights = np.add.reduceat(curve.weights, starts)
    x = np.round(np.add.reduceat(curve.x * curve.weights, starts) / weights)
    y = np.add.reduceat(curve.y * curve.weights, starts) / weights
    note = f"{len(curve.x)} points were averaged in {len(x)} bins of at most {SHARE:.1%} of the run."
    return replace(curve, x=x, y=y, weights=weights, notes=(*curve.notes, note))


def _starts(x: NDArray[np.float64], per_decade: int) -> list[int]:
    """Index of the first point of each bin."""
    starts, factor, most = [0], 10 ** (1 / per_decade), SHARE * x[-1]
    while True:
        begin = x[starts[-1]]
        # A point on the edge, up to rounding, belongs to the next bin.
        following = int(np.searchsorted(x, min(begin * factor, begin + most) * (1 - 1e-12)))
        following = max(following, starts[-1] + 1)
        if following >= x.size:
            return starts
        starts.append(following)
