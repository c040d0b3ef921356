"""The largest eigenvalues of the tangent kernel, without the kernel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.objectives import Objective, flatten, squared_error
from spectra.operators import SymmetricOperator, gauss_newton, preconditioned
from spectra.training.rows import Memory, Values, eigenvalue_rows, named_by_kind
from spectra.training.split_examples import split_examples
from spectra.training.step_grid import StepGrid
from spectra.training.warm_eigenpairs import warm_eigenpairs

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class KernelEigenvalues:
    """Largest eigenvalues of the tangent kernel J D J' / (N C), for any outputs and whatever the criterion.

    J is the Jacobian of the C outputs of each of N training examples, before a temperature divides them; D the step
    size of every weight. The eigenvalues are those of D^(1/2) J'J D^(1/2) / (N C), which is half the Gauss-Newton
    matrix of the mean squared error whatever the targets; products with it are made, and the kernel is not.
    `tangent_kernel` has the same numbers from the dense kernel. The quantity bears the name of the kind, and the rows
    beside it are those of `Sharpness`. Under Adam and AdamW it exists from the first update on.

    Attributes:
        grid: When.
        examples: Number of training examples N, always the first.
        count: Number k of eigenvalues, index 0 to k - 1 from the largest down.
        tolerance: Error that counts as converged, relative to the largest.
        max_matvecs: Products after which they are stored unconverged.
    """

    grid: StepGrid
    examples: PositiveInt = 512
    count: PositiveInt = 1
    tolerance: PositiveFloat = 1e-3
    max_matvecs: Annotated[int, Field(ge=4)] = 200
    kind: Literal["kernel_eigenvalues"] = "kernel_eigenvalues"

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
        )
        return [list(eigenvalue_rows(self.kind, pairs)) for pairs in found]

    def _operators(self, cohort: Cohort, sizes: Tensor) -> Iterator[SymmetricOperator]:
        inputs, _ = split_examples(cohort.dataset, "train", self.examples)
        for member, diagonal in enumerate(sizes):
            weights, network = flatten(cohort.module(member))
            with torch.no_grad():
                outputs = network(weights, inputs)
            # Any targets of this shape would do: the curvature of a squared error does not depend on them.
            objective = Objective(network, squared_error, [(inputs, outputs)], group=None)
            yield preconditioned(gauss_newton(objective, weights) / 2, diagonal)
