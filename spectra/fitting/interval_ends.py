"""Profile-likelihood intervals: all curves that fit not much worse than the best one.

A parameter value is inside when some setting of the other parameters reaches a sum of squares up to the limit
best * (1 + F / degrees), F the quantile of the F(1, degrees) distribution (unknown noise level). An end of the interval
is an extreme of the parameter over this region. It is found by steps that solve the problem with the residuals made
linear at the present place, which lead to the extreme of the curved region; they begin at the place in the region,
among the nodes of the grid and the fit, that lies farthest out.

Source: Bates and Watts 1988, Nonlinear Regression Analysis and Its Applications, section 6.1; Venzon and Moolgavkar
1988, Applied Statistics 37, 87, for the search of the extreme.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spectra.fitting.best_fit import bounds_of
from spectra.fitting.descent import Bounds
from spectra.fitting.law import Array, Flags
from spectra.fitting.pseudo_data import PseudoData

STEPS = 40
# A step is the last one when it is below this share of the reach of the linear problem, or below the rounding error of
# a residual. What is left of the error is smaller: each step leaves about a tenth of it.
SETTLED, ROUNDING = 1e-5, 1e-14
# Largest change of log m, and of a shape in distances between nodes, in one step: residuals are not linear beyond.
STRIDE, NODES = 1.0, 4.0
NEAR = 0.1
# An end is in the region when its residuals are not longer than its edge by more than this share.
BEYOND = 1e-3
# Shares of the step that are tried one after the other: where the region is bent, whole steps may go around in circles.
SHARES = (1.0, 0.4)


@dataclass(frozen=True)
class Extreme:
    """Where a search for an end arrived."""

    place: Array  # (p,)
    settled: bool  # an extreme of the region, to SETTLED
    left: Flags  # (s,): shapes at an end of the searched range


Slope = Callable[[Array], Array]  # gradient (p,) of what is made extreme, at a place


def extreme(data: PseudoData, start: Array, slope: Slope, limit: float) -> Extreme:
    """The place with the largest value of what has this slope, among those with sums of squares up to `limit`.

    Args:
        data: The least-squares problem.
        start: Place (p,) from which to walk.
        slope: Gradient of what is made extreme.
        limit: From `objective_limit`.
    """
    shapes = data.fit.points.shapes
    bounds = bounds_of(data.fit.grid, start.size - shapes)
    for share in SHARES:
        place, settled = _walk(data, start, slope, limit, bounds, share=share)
        # Held at bounds, steps may settle at a place outside of the region, from which no step leads back.
        settled = settled and _inside(data, place, limit)
        if settled:
            break
    left: Flags = (place[:shapes] <= data.fit.grid.low) | (place[:shapes] >= data.fit.grid.high)
    return Extreme(place, settled, left)


def _inside(data: PseudoData, place: Array, limit: float) -> bool:
    """Whether a place has a sum of squares up to the limit, as far as the last step is exact."""
    residuals, _ = data.evaluate(place)
    rounding = ROUNDING * float(np.linalg.norm(data.target / data.divisor))
    return bool(np.sqrt(residuals @ residuals) <= (1 + BEYOND) * np.sqrt(limit) + rounding)


def _walk(
    data: PseudoData, place: Array, slope: Slope, limit: float, bounds: Bounds, *, share: float
) -> tuple[Array, bool]:
    """The place where steps of a share of the way to the extreme of the linear problem end, and whether it is one."""
    rounding = ROUNDING * float(np.linalg.norm(data.target / data.divisor))
    for _ in range(STEPS):
        residuals, jacobian = data.evaluate(place)
        if not (np.isfinite(residuals).all() and np.isfinite(jacobian).all()):
            return place, False
        room = Bounds(bounds.low - place, bounds.high - place)
        step, reach = _bounded_step(residuals, jacobian, slope(place), limit, room)
        change = jacobian @ step
        moved = float(np.sqrt(change @ change))
        if moved <= max(SETTLED * reach, rounding):
            return np.clip(place + step, bounds.low, bounds.high), True
        # Near the end of the walk every step is short, and its length is not worth the computing.
        allowed = 1 / _strides(data, residuals, jacobian, step, place) if moved > NEAR * reach else 1.0
        place = np.clip(place + min(share, allowed) * step, bounds.low, bounds.high)
    return place, False


def _strides(data: PseudoData, residuals: Array, jacobian: Array, step: Array, place: Array) -> float:
    """Length of a step in largest allowed strides."""
    shapes = data.fit.points.shapes
    with np.errstate(all="ignore"):
        change = np.abs(jacobian @ step * data.divisor / (data.target - residuals * data.divisor)) / STRIDE
        nodes = np.abs(step[:shapes]) / (NODES * data.fit.grid.spacing(place[:shapes]))
    return float(np.nan_to_num(np.concatenate([change, nodes]), nan=np.inf).max()) + 1e-300


def _bounded_step(residuals: Array, jacobian: Array, slope: Array, limit: float, room: Bounds) -> tuple[Array, float]:
    """Step to the extreme of the linear problem within bounds on the step; what leaves them is held there."""
    step = np.zeros(slope.size)
    # A shape whose column has height zero bends nothing, and one without room cannot move.
    held = (room.low == room.high) | ~jacobian.any(axis=0)
    while True:
        if held.all():
            return step, float(np.sqrt(limit))
        inner, reach = _free_step(residuals + jacobian[:, held] @ step[held], jacobian[:, ~held], slope[~held], limit)
        step[~held] = inner
        outside = ~held & ((step < room.low) | (step > room.high))
        if not outside.any():
            return step, reach
        step[outside] = np.clip(step[outside], room.low[outside], room.high[outside])
        held |= outside


def _free_step(residuals: Array, jacobian: Array, slope: Array, limit: float) -> tuple[Array, float]:
    """Extreme of slope @ d over |residuals + jacobian d|^2 <= limit, and the radius of that region."""
    lengths = np.sqrt(np.einsum("np,np->p", jacobian, jacobian))
    lengths[lengths == 0] = 1.0
    # The last column is the residuals in the basis of the others, and what is left of them.
    extended = np.column_stack([jacobian / lengths, residuals])
    corner: Array = np.asarray(np.linalg.qr(extended, mode="r"), dtype=np.float64)
    p = slope.size
    triangle, image, left = corner[:p, :p], corner[:p, p], float(np.square(corner[p:, p]).sum())
    reach = float(np.sqrt(max(limit - left, 0.0)))
    try:
        inverse = np.linalg.inv(triangle)
    except np.linalg.LinAlgError:
        return np.full(slope.size, np.nan), max(reach, 1e-300)
    outward = inverse.T @ (slope / lengths)
    length = float(np.sqrt(outward @ outward))
    turned = reach / length * outward if length > 0 else 0 * outward
    return inverse @ (turned - image) / lengths, max(reach, 1e-300)
