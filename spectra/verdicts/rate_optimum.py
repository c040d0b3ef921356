"""The best learning rate of a tuning curve, between the points of its grid."""

from dataclasses import dataclass
from math import inf, nan

import numpy as np
from numpy.typing import NDArray

from spectra.fitting.intervals import Array

# Reach of the local parabola in octaves on either side, where weights end; at least REACH_STEPS steps of the grid. On a
# grid of factors of sqrt(2) both are 1 octave. The centre of the weights moves with the optimum: a window of whole grid
# points jumps as the best point changes, and in simulated studies intervals of the drift, meant to hold the truth in 90
# of 100, then held it in 77 to 85 with 16 seeds (`tests/verdicts/tuning_study.py`).
REACH, REACH_STEPS = 1.0, 2.0
# Where the grid has gaps, the weights reach this many times as far as the third nearest point, so that three points
# bear the parabola. On an even grid that point is at most 1.75 steps away from any centre, and nothing changes.
LAST_POINT = 1.1
# The centre settles at a fixed point; from a start within half a step of the grid five rounds reach it to a thousandth.
ROUNDS = 5


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
    """Minimum of a local least-squares parabola around the best grid point, for many curves at once.

    The parabola is fitted over log2 rate with tricube weights (1 - |distance / reach|^3)^3 from its own minimum. The
    grid point itself is the answer where no parabola can say more: at the ends of the grid, beside a rate that
    diverged, and where the parabola has no minimum within half its reach of the best point.

    Args:
        log2_rates: Ascending grid, shape (R,).
        curves: Criterion, inf where a seed diverged, shape (B, R).

    Source: Cleveland 1979, J. Am. Statist. Assoc. 74, 829, for the weights.
    """
    plain = grid_optima(log2_rates, curves)
    place, position, value = plain.place, plain.position, plain.value
    curvature, low, high = plain.curvature, plain.low, plain.high
    inner = np.flatnonzero((place > 0) & (place < log2_rates.size - 1))
    beside = curves[inner, place[inner] - 1] + curves[inner, place[inner] + 1]
    inner = inner[np.isfinite(beside)]
    centre, height, bend, reach, first, last = _parabolas(log2_rates, curves[inner], place[inner])
    near = np.abs(centre - log2_rates[place[inner]]) <= reach / 2
    inside = (bend > 0) & near & (centre >= first) & (centre <= last)
    inner = inner[inside]
    position[inner], value[inner], curvature[inner] = centre[inside], height[inside], bend[inside]
    # Beyond half its reach a point has less than two thirds of the weight, and the parabola need not pass near it.
    low[inner], high[inner] = (centre - reach / 2)[inside], (centre + reach / 2)[inside]
    return Optima(place, position, value, curvature, low, high)


def grid_optima(log2_rates: Array, curves: Array) -> Optima:
    """The best points of the grid themselves, for curves that are no parabola near their minimum; see `optima`."""
    place = curves.argmin(axis=1)
    value = curves[np.arange(len(curves)), place]
    position = np.where(np.isfinite(value), log2_rates[place], np.nan)
    curvature, low, high = np.full((3, len(curves)), np.nan)
    return Optima(place, position, value, curvature, low, high)


def _parabolas(log2_rates: Array, curves: Array, place: NDArray[np.intp]) -> Array:
    """Minimum, height there, half second derivative, reach, first and last rate that bear them: shape (6, B)."""
    middle, finite = log2_rates[place], np.isfinite(curves)
    steps = np.maximum(log2_rates[place + 1] - middle, middle - log2_rates[place - 1])
    reach = np.maximum(REACH, REACH_STEPS * steps)
    first, last = _borne(log2_rates, finite, place)
    targets, centre = np.where(finite, curves, 0.0), middle
    for _ in range(ROUNDS):
        distance = log2_rates[None, :] - centre[:, None]
        constant, slope, bend = local_fit(distance, targets, finite, reach)
        with np.errstate(divide="ignore", invalid="ignore"):
            offset = np.where(bend > 0, -slope / (2 * bend), 0.0)
        # A quarter of a step from the ends three points still have weight; beyond, there would be two for a parabola.
        settled = np.clip(centre + offset, first + steps / 4, last - steps / 4)
        before, centre = centre, np.clip(settled, middle - reach / 2, middle + reach / 2)
    return np.stack([before + offset, constant + slope * offset / 2, bend, reach, first, last])


def _borne(log2_rates: Array, finite: NDArray[np.bool_], place: NDArray[np.intp]) -> tuple[Array, Array]:
    """First and last rate (B,) of the stretch without divergence around the best point."""
    index = np.arange(log2_rates.size)[None, :]
    below = np.where(~finite & (index < place[:, None]), index + 1, 0).max(axis=1)
    above = np.where(~finite & (index > place[:, None]), index - 1, log2_rates.size - 1).min(axis=1)
    return log2_rates[below], log2_rates[above]


def local_fit(distance: Array, targets: Array, finite: NDArray[np.bool_], reach: Array, degree: int = 2) -> Array:
    """Coefficients (degree + 1, B) of weighted polynomials in the distance (B, R), the constant first.

    Weights end at the reach (B,), or beyond the last of the degree + 1 nearest points if that is farther away.
    """
    needed = np.sort(np.where(finite, np.abs(distance), inf), axis=1)[:, : degree + 1].max(axis=1)
    # Products and sums of whole arrays: powers and small matrix products for each curve take three times as long.
    relative = np.minimum(1, np.abs(distance / np.maximum(reach, LAST_POINT * needed)[:, None]))
    falling = 1 - relative * relative * relative
    weighted = [falling * falling * falling * finite]
    for _ in range(2 * degree):
        weighted.append(weighted[-1] * distance)
    moments = np.stack([one.sum(axis=1) for one in weighted], axis=1)
    sides = np.stack([(one * targets).sum(axis=1) for one in weighted[: degree + 1]], axis=1)
    matrices = moments[:, np.add.outer(np.arange(degree + 1), np.arange(degree + 1))]
    coefficients: Array = np.linalg.solve(matrices, sides[:, :, None])[:, :, 0].T
    return coefficients


def criterion_at(positions: Array, log2_rates: Array, curves: Array, best: Optima) -> Array:
    """Criterion of B curves at one rate each: the parabola near the optimum, straight lines between points elsewhere.

    inf beside a rate that diverged, nan outside the grid.

    Args:
        positions: log2 of the rates, shape (B,).
        log2_rates: Ascending grid, shape (R,).
        curves: Criterion on the grid, shape (B, R).
        best: `optima` of these curves.

    Returns:
        Shape (B,).
    """
    rows = np.arange(len(curves))
    found = np.full(positions.shape, nan)
    after = log2_rates.searchsorted(positions)
    inside = np.flatnonzero((after > 0) & (after < log2_rates.size))
    left, right = log2_rates[after[inside] - 1], log2_rates[after[inside]]
    share = (positions[inside] - left) / (right - left)
    with np.errstate(invalid="ignore"):
        found[inside] = (1 - share) * curves[inside, after[inside] - 1] + share * curves[inside, after[inside]]
    # Log and power of a grid rate need not return to the last bit.
    near = np.abs(log2_rates - positions[:, None]).argmin(axis=1)
    found = np.where(np.abs(log2_rates[near] - positions) <= 1e-9, curves[rows, near], found)
    parabola = best.value + best.curvature * np.square(positions - best.position)
    return np.where(best.interpolated & (best.low <= positions) & (positions <= best.high), parabola, found)
