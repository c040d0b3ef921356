"""Along which eigenvectors of the first tangent kernel the kernel grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt, model_validator
from pydantic.dataclasses import dataclass

from spectra.eigen import Eigenpairs, top_eigenpairs
from spectra.kernels.alignment import alignment
from spectra.kernels.jacobian import jacobian
from spectra.kernels.jacobian_products import Jacobian
from spectra.kernels.operator import kernel_operator
from spectra.training.rows import Memory, Values, eigenvalue_rows, numbered_rows
from spectra.training.split_examples import Split, named_by_split, split_examples
from spectra.training.step_grid import StepGrid
from spectra.training.training_kernel import chosen_outputs

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ModeEnergy:
    """u_j' K_t u_j along the leading eigenvectors u_j, of unit length, of the first kernel K_0, without the kernels.

        K = (1 / (N C)) sum_c J_c D J_c',    (N, N)

    with J_c (N, P) the Jacobian of output c of N examples, before a temperature divides it, and D the step size of
    every weight. K_0 is that of the first measurement, which under Adam and AdamW is the first after an update. There
    its eigenvalues come beside, as `<quantity>_start`, with rows like those of `Sharpness`; the energies themselves are
    exact for the vectors found. The index counts from the largest eigenvalue of K_0 on.

    A network that learns features makes its kernel grow along the target above all. Outputs are averaged, since in an
    infinitely wide network each of them has the same kernel: every eigenvalue of the whole kernel (N C, N C) is
    repeated C times there, and of its eigenvectors no single one is defined. The quantity is `mode_energy` on the
    training set and `test_mode_energy` on the test set. A measurement takes k C gradients over the N examples.

    Attributes:
        grid: When.
        split: On which examples.
        examples: Their number N, always the first.
        count: Number k of eigenvectors.
        outputs: Over how many outputs the mean is at most, evenly spread over all of them.
        tolerance: Longest residual of an eigenvector that counts as converged, relative to the largest eigenvalue.
        max_matvecs: Products with K_0 after which eigenvectors are used unconverged.

    Source: Ortiz-Jimenez, Moosavi-Dezfooli and Frossard 2021 (arXiv 2106.06770), for one output.
    """

    grid: StepGrid
    split: Split = "train"
    examples: PositiveInt = 128
    count: PositiveInt = 10
    outputs: PositiveInt = 10
    tolerance: PositiveFloat = 1e-5
    max_matvecs: Annotated[int, Field(ge=8)] = 400
    kind: Literal["mode_energy"] = "mode_energy"

    @model_validator(mode="after")
    def _fewer_than_examples(self) -> ModeEnergy:
        if self.count > self.examples:
            raise ValueError(f"{self.count} eigenvectors of a kernel on {self.examples} examples; ask for fewer")
        return self

    quantity = named_by_split

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:
        """The energies of every member, one member after the other."""
        sizes = cohort.step_sizes()
        if sizes is None:
            return [()] * cohort.stack.members
        inputs, _ = split_examples(cohort.dataset, self.split, self.examples)
        networks = (chosen_outputs(cohort.module(member), inputs, self.outputs) for member in range(len(sizes)))
        members = zip(networks, sizes, strict=True)
        slopes = (jacobian(network, inputs, outputs="trace", weights=size) for network, size in members)
        if "vectors" not in memory:
            found = [self._leading(*given) for given in zip(slopes, generators, strict=True)]
            memory["vectors"] = torch.stack([pairs.vectors for pairs in found])
            return [
                [*numbered_rows(self.quantity, pairs.values), *eigenvalue_rows(f"{self.quantity}_start", pairs)]
                for pairs in found
            ]
        kept = zip(slopes, memory["vectors"], strict=True)
        return [numbered_rows(self.quantity, alignment(*given).values / self.examples) for given in kept]

    def _leading(self, slopes: Jacobian, generator: torch.Generator) -> Eigenpairs:
        return top_eigenpairs(
            kernel_operator(slopes) / self.examples,
            self.count,
            tolerance=self.tolerance,
            strict=True,
            max_matvecs=self.max_matvecs,
            generator=generator,
        )
