"""How far beyond the next update the loss falls."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import ConfigDict, Field, PositiveInt
from pydantic.dataclasses import dataclass

from spectra.operators import CriticalSharpness, critical_sharpness
from spectra.training.member_curvature import member_objective
from spectra.training.rows import Memory, Values, named_by_kind
from spectra.training.split_examples import split_examples
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class CriticalStep:
    """Critical sharpness 2 / s, with s the smallest multiple of the next update that raises the loss.

    The update is the one that the optimizer makes next, with its rates, its momentum and its mini-batch; the loss is
    the mean over the first training examples. The learning rate is part of it, as of the effective sharpness: at 2 the
    next step leaves the loss where it is. It takes about six to twelve forward passes. With it come
    `critical_sharpness_forwards` and `critical_sharpness_converged`. Where the update does not lower the loss at any
    multiple, or none raises it, there is no such number and no row of it, and `_converged` is 0.

    Attributes:
        grid: When.
        examples: Number of training examples, always the first.
        tolerance: Width of the bracket of s to stop at, relative to its upper end.
        max_forwards: Forward passes at most.
    """

    grid: StepGrid
    examples: PositiveInt = 512
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 1 / 16
    max_forwards: Annotated[int, Field(ge=3)] = 30
    kind: Literal["critical_sharpness"] = "critical_sharpness"

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The critical sharpness of every member, one member after the other."""
        ahead = cohort.kept(range(cohort.stack.members))  # a copy: an update changes weights and moments in place
        ahead.advance(1)
        updates = ahead.weights - cohort.weights
        batch = split_examples(cohort.dataset, "train", self.examples)
        rows = []
        for member, update in enumerate(updates):
            weights, objective = member_objective(cohort, member, [batch])
            found = critical_sharpness(
                objective, weights, update, tolerance=self.tolerance, max_forwards=self.max_forwards
            )
            rows.append(list(self._rows(found)))
        return rows

    def _rows(self, found: CriticalSharpness) -> Values:
        if found.value > 0 and isfinite(found.value):
            yield self.kind, 0, found.value
        yield f"{self.kind}_forwards", 0, float(found.forwards)
        yield f"{self.kind}_converged", 0, float(found.converged)
