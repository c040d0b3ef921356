"""The two parts of the curvature: that of the loss in the outputs, and that of the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.eigen import Eigenpairs
from spectra.operators import SymmetricOperator, gauss_newton, preconditioned, residual
from spectra.training.member_curvature import member_objective
from spectra.training.rows import Memory, Values, eigenvalue_rows, named_by_kind
from spectra.training.split_examples import split_examples
from spectra.training.step_grid import StepGrid
from spectra.training.warm_eigenpairs import warm_eigenpairs

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class CurvaturePart:
    """Largest eigenvalues of the Gauss-Newton matrix G, or largest |eigenvalues| of what is left, R = H - G.

    Both as the optimizer sees them, D^(1/2) G D^(1/2) with the step size of every weight; weight decay belongs to
    neither. G has the spectrum of the tangent kernel weighed by the curvature of the loss, R is indefinite and vanishes
    where the loss is least. Under Adam and AdamW both exist from the first update on. The quantity bears the name of
    the kind, and the rows beside it are those of `Sharpness`.

    Attributes:
        kind: Which of the two.
        grid: When.
        examples: Number of training examples, always the first.
        count: Number k of eigenvalues, index 0 to k - 1 from the largest down.
        tolerance: Error that counts as converged, relative to the largest.
        max_matvecs: Products after which they are stored unconverged.
    """

    kind: Literal["gauss_newton", "residual_part"]
    grid: StepGrid
    examples: PositiveInt = 512
    count: PositiveInt = 1
    tolerance: PositiveFloat = 1e-3
    max_matvecs: Annotated[int, Field(ge=4)] = 200

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:
        """The eigenvalues of every member, one member after the other."""
        sizes = cohort.step_sizes()
        if sizes is None:
            return [()] * cohort.stack.members
        found = warm_eigenpairs(
            self._operators(cohort, sizes),
            memory,
            generators,
            count=self.count,
            tolerance=self.tolerance,
            max_matvecs=self.max_matvecs,
            which="largest" if self.kind == "gauss_newton" else "both",
        )
        return [list(eigenvalue_rows(self.kind, self._largest(pairs))) for pairs in found]

    def _operators(self, cohort: Cohort, sizes: Tensor) -> Iterator[SymmetricOperator]:
        batch = split_examples(cohort.dataset, "train", self.examples)
        part = gauss_newton if self.kind == "gauss_newton" else residual
        for member, diagonal in enumerate(sizes):
            weights, objective = member_objective(cohort, member, [batch])
            yield preconditioned(part(objective, weights), diagonal)

    def _largest(self, pairs: Eigenpairs) -> Eigenpairs:
        """The largest in absolute value, of those found at both ends."""
        if self.kind == "gauss_newton":
            return pairs
        places = pairs.values.abs().argsort(descending=True)[: self.count]
        return replace(
            pairs, values=pairs.values[places].abs(), residuals=pairs.residuals[places], errors=pairs.errors[places]
        )
