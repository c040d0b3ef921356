"""The best learning rate of a tuning curve, between the points of its grid."""

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Octaves on either side of the best grid point that the parabola is fitted to: three points on a grid of factors of
# sqrt(2); a finer grid gives more points, which average its noise. A coarser grid gives the two neighbours.
WINDOW = 0.5


@dataclass(frozen=True)
class Optima:
    """Best rates of B tuning curves on one grid, with the parabolas that gave them."""

    place: NDArray[np.intp]  # (B,), index of the best grid point
    position: Array  # (B,), log2 of the best rate; nan where every rate diverged
    value: Array  # (B,), criterion there; inf where every rate diverged
    curvature: Array  # (B,), half the second derivative of the parabola; nan where the grid point itself is the answer
    low: Array  # (B,), log2 rates between which the parabola stands for the curve
    high: Array  # (B,)

    @property
    def interpolated(self) -> NDArray[np.bool_]:
        """Whether a parabola gave the position, shape (B,)."""
        return np.isfinite(self.curvature)


def optima(log2_rates: Array, curves: Array) -> Optima:
    """Minimum of a least-squares parabola around the best grid point, for many curves at once.

    The parabola is fitted over log2 rate to the points within `WINDOW` octaves of the best one and to its neighbours.
    The grid point itself is the answer where no parabola can say more: at the ends of the grid, beside a rate that
    diverged, and where the parabola has no minimum among its points.

    Args:
        log2_rates: Ascending grid, shape (R,).
        curves: Criterion, inf where a seed diverged, shape (B, R).
    """
    place = curves.argmin(axis=1)
    rows = np.arange(len(curves))
    value = curves[rows, place]
    position = np.where(np.isfinite(value), log2_rates[place], np.nan)
    curvature, low, high = np.full((3, len(curves)), np.nan)
    inner = np.flatnonzero((place > 0) & (place < log2_rates.size - 1))
    beside = curves[inner, place[inner] - 1] + curves[inner, place[inner] + 1]
    inner = inner[np.isfinite(beside)]
    offset, height, bend, left, right = _parabolas(log2_rates, curves[inner], place[inner])
    inside = (bend > 0) & (offset >= left) & (offset <= right)
    inner, centre = inner[inside], position[inner[inside]]
    position[inner], value[inner], curvature[inner] = centre + offset[inside], height[inside], bend[inside]
    low[inner], high[inner] = centre + left[inside], centre + right[inside]
    return Optima(place, position, value, curvature, low, high)


def _parabolas(log2_rates: Array, curves: Array, place: NDArray[np.intp]) -> Array:
    """Offset of the minimum from the best grid point, height, half second derivative, window ends: shape (5, B)."""
    distance = log2_rates[None, :] - log2_rates[place][:, None]
    beside = np.abs(np.arange(log2_rates.size)[None, :] - place[:, None]) <= 1
    # The tolerance keeps the points of a grid of factors of sqrt(2), which are half an octave apart up to rounding.
    used = (beside | (np.abs(distance) <= WINDOW + 1e-9)) & np.isfinite(curves)
    design = np.stack([np.ones_like(distance), distance, np.square(distance)], axis=2) * used[:, :, None]
    targets = np.where(used, curves, 0.0)
    constant, slope, bend = np.einsum("bpr,br->pb", np.linalg.pinv(design), targets)
    with np.errstate(divide="ignore", invalid="ignore"):
        offset = -slope / (2 * bend)
        height = constant + slope * offset / 2
    ends = np.where(used, distance, 0.0)
    return np.stack([offset, height, bend, ends.min(axis=1), ends.max(axis=1)])


def criterion_at(position: float, log2_rates: Array, curve: Array, best: Optima) -> float:
    """Criterion of one curve at a log2 rate: the parabola near the optimum, straight lines between points elsewhere.

    inf beside a rate that diverged, nan outside the grid.

    Args:
        position: log2 of the rate.
        log2_rates: Ascending grid, shape (R,).
        curve: Criterion on the grid, shape (R,).
        best: `optima` of this curve alone (B = 1).
    """
    if best.interpolated[0] and best.low[0] <= position <= best.high[0]:
        return float(best.value[0] + best.curvature[0] * (position - best.position[0]) ** 2)
    near = int(np.abs(log2_rates - position).argmin())
    # Log and power of a grid rate need not return to the last bit.
    if abs(log2_rates[near] - position) <= 1e-9:
        return float(curve[near])
    after = int(log2_rates.searchsorted(position))
    if not 0 < after < log2_rates.size:
        return nan
    share = (position - log2_rates[after - 1]) / (log2_rates[after] - log2_rates[after - 1])
    return float((1 - share) * curve[after - 1] + share * curve[after])
