"""Newton's method inside bounds: from the neighbourhood of a best fit to its last digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spectra.fitting.law import Array, Flags
from spectra.fitting.law_points import LawPoints
from spectra.fitting.local_objective import LocalObjective, local_objective
from spectra.fitting.point_losses import PointLoss

STEPS, HALVINGS, FEW = 200, 40, 8
# Changes of the curve, as a root mean square of log y: below the first a step is rounding error, and below the second
# few shorter ones are tried, because the objective of a smooth loss cannot tell them apart.
STILL, SMALL = 1e-14, 1e-8
# A coordinate this near to an end, in its unit, counts as being there.
NEAR = 1e-9


@dataclass(frozen=True)
class Descent:
    """A place at which no step goes down, or where the steps ended."""

    place: Array  # (p,)
    objective: float
    step: float  # change of the curve that one more step asks for, root mean square of log y


@dataclass(frozen=True)
class Bounds:
    """Range of every coordinate; equal ends hold one."""

    low: Array  # (p,)
    high: Array  # (p,)

    def nearest(self, place: Array) -> Array:
        """The nearer end of every range (p,)."""
        return np.where(place - self.low < self.high - place, self.low, self.high)

    def holding(self, at: int, value: float) -> Bounds:
        """The same, with one coordinate held at a value."""
        return Bounds(moved(self.low, at, value), moved(self.high, at, value))


def moved(place: Array, at: int, value: float) -> Array:
    """A place (p,) with another value of one coordinate."""
    found = place.copy()
    found[at] = value
    return found


def descend(points: LawPoints, start: Array, loss: PointLoss, bounds: Bounds) -> Descent:
    """Minimise sum(weights * loss(log y - log law)) from `start`."""
    change = np.inf
    with np.errstate(all="ignore"):
        here = local_objective(points, np.clip(start, bounds.low, bounds.high), loss)
        for _ in range(STEPS):
            free = _free(here, bounds)
            step = here.newton_step(free)
            step[~free] = bounds.nearest(here.place)[~free] - here.place[~free]
            change = float(np.sqrt(np.mean(np.square(here.jacobian @ step))))
            if not np.isfinite(change) or change < STILL:
                break
            following = _downhill(here, step, bounds, tries=HALVINGS if change > SMALL else FEW)
            if following is None:
                break
            here = following
    return Descent(here.place, here.value, change)


def _free(here: LocalObjective, bounds: Bounds) -> Flags:
    """Coordinates that are not pressed against an end of their range, or nearly so: no step may count on passing it."""
    near = NEAR * here.points.units
    low = (here.place <= bounds.low + near) & (here.gradient >= 0)
    high = (here.place >= bounds.high - near) & (here.gradient <= 0)
    free: Flags = ~(low | high)
    return free


def _downhill(here: LocalObjective, step: Array, bounds: Bounds, *, tries: int) -> LocalObjective | None:
    """The place after the longest halved step that lowers the objective, or keeps it and lowers the slope."""
    share = 1.0
    for _ in range(tries):
        place = np.clip(here.place + share * step, bounds.low, bounds.high)
        following = local_objective(here.points, place, here.loss)
        if following.value < here.value - here.rounding:
            return following
        level = following.value <= here.value + here.rounding
        if level and following.slope_left(_free(following, bounds)) < 0.5 * here.slope_left(_free(here, bounds)):
            return following
        share /= 2
    return None
