"""The steps at which something is measured."""

from __future__ import annotations

import math

import numpy as np
from pydantic import ConfigDict, PositiveInt, model_validator
from pydantic.dataclasses import dataclass


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class StepGrid:
    """The steps at which something is measured: every n-th, or spaced evenly in the logarithm.

    Step 0 and the last step always belong to it.

    Attributes:
        every: Distance between two measurements in updates.
        points: Number of steps from 1 to the last, evenly spaced in log(step), rounded, without repetitions. In a
            training loop without a known end, `SharpnessTracker`, it counts the steps per factor of ten.
    """

    every: PositiveInt | None = None
    points: PositiveInt | None = None

    @model_validator(mode="after")
    def _one_way(self) -> StepGrid:
        if (self.every is None) == (self.points is None):
            raise ValueError("a step grid needs either every = n or points = n (log-spaced), not both and not neither")
        return self

    def most(self, last: int) -> int:
        """How many steps the grid has at most for a run of `last` updates, told without making them."""
        return 2 + (last // self.every if self.every is not None else self.points or 0)

    def steps(self, last: int) -> set[int]:
        """The steps of the grid for a run of `last` updates."""
        if self.every is not None:
            return {*range(0, last + 1, self.every), last}
        assert self.points is not None
        return {0, last, *np.geomspace(1, last, self.points).round().astype(int).tolist()}

    def due(self, step: int) -> bool:
        """Whether a step belongs to the grid in a loop whose last step is not known: `points` then count per decade."""
        if self.every is not None:
            return step % self.every == 0
        assert self.points is not None
        # The neighbours too: rounding to whole steps moves the logarithm.
        nearest = round(self.points * math.log10(step)) if step else 0
        return step == 0 or step in {round(10 ** (point / self.points)) for point in range(nearest - 1, nearest + 2)}
