"""The largest eigenvalues of the Hessian, raw or as the optimizer sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from spectra.eigen import stacked_eigenpairs
from spectra.training.member_curvature import effective_hessians, hessians
from spectra.training.plain_settings import ADDED
from spectra.training.rows import Memory, Values, eigenvalue_rows, named_by_kind
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Sharpness:
    """Largest Hessian eigenvalues of the mean loss on the first training examples, raw or as the optimizer sees it.

    The quantity bears the name of the kind: `sharpness` is raw, `effective_sharpness` that of `effective_curvature`,
    with the learning rate of every weight and its weight decay; under Adam and AdamW it exists from the first update
    on, because their second moments do. Index 0 is the largest eigenvalue. With each come `<kind>_residual`, the length
    of A v - value * v, and `<kind>_error`, the error bar; with all of them `<kind>_matvecs`, the products spent, and
    `<kind>_converged`, 1 or 0.

    Attributes:
        kind: Which of the two.
        grid: When.
        examples: Number of training examples, always the first.
        tolerance: Error that counts as converged, relative to the largest eigenvalue.
        max_matvecs: Products after which an eigenvalue is stored unconverged.
        count: Number k of eigenvalues, index 0 to k - 1 from the largest down.
    """

    kind: Literal["sharpness", "effective_sharpness"]
    grid: StepGrid
    examples: PositiveInt = 512
    tolerance: PositiveFloat = 1e-3
    max_matvecs: Annotated[int, Field(ge=4)] = 200
    count: PositiveInt = field(default=1, metadata=ADDED)

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:
        """Top eigenvalues of every member at the weights of the moment, started from the eigenvectors of before."""
        operators = (hessians if self.kind == "sharpness" else effective_hessians)(cohort, self.examples)
        if operators is None:
            return [()] * cohort.stack.members
        found = stacked_eigenpairs(
            operators,
            self.count,
            starts=list(memory["start"]) if "start" in memory else None,
            tolerance=self.tolerance,
            max_matvecs=self.max_matvecs,
            generator=generators,
        )
        memory["start"] = torch.stack([pairs.start for pairs in found])
        return [list(eigenvalue_rows(self.kind, pairs)) for pairs in found]
