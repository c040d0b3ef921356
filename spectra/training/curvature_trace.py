"""The trace of the curvature that the optimizer sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from spectra.eigen import trace
from spectra.operators import SymmetricOperator
from spectra.training.member_curvature import effective_hessian_of_each
from spectra.training.rows import Memory, Values, estimate_rows, named_by_kind
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class CurvatureTrace:
    """Trace of the matrix whose largest eigenvalue is the effective sharpness, from random probes.

    With it come `curvature_trace_standard_error`, `curvature_trace_matvecs` and `curvature_trace_converged`. Under Adam
    and AdamW it exists from the first update on.

    Attributes:
        grid: When.
        examples: Number of training examples, always the first.
        tolerance: Standard error that counts as converged, relative to the trace.
        max_matvecs: Products after which it is stored unconverged.
    """

    grid: StepGrid
    examples: PositiveInt = 512
    tolerance: PositiveFloat = 0.02
    max_matvecs: Annotated[int, Field(ge=8)] = 200
    kind: Literal["curvature_trace"] = "curvature_trace"

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The trace of every member, one member after the other."""
        if cohort.step_sizes() is None:
            return [()] * cohort.stack.members
        operators = effective_hessian_of_each(cohort, self.examples)
        return [list(self._rows(*one)) for one in zip(operators, generators, strict=True)]

    def _rows(self, operator: SymmetricOperator, generator: torch.Generator) -> Values:
        found = trace(operator, tolerance=self.tolerance, max_matvecs=self.max_matvecs, generator=generator)
        return estimate_rows(self.kind, found)
