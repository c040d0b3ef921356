"""How much of the targets lies in the large eigenvectors of the tangent kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.eigen import Estimate
from spectra.kernels.alignment import alignment
from spectra.kernels.jacobian import jacobian
from spectra.training.rows import Memory, Values, estimate_rows
from spectra.training.split_examples import split_examples
from spectra.training.step_grid import StepGrid
from spectra.training.training_kernel import flat_outputs

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class KernelAlignment:
    """Alignment of the tangent kernel K = J D J' / (N C) with the targets y, without the kernel.

    J (N C, P) is the Jacobian of the C outputs of each of N training examples, before a temperature divides them; D the
    step size of every weight. The targets are one vector (N C,): the numbers of a regression, or 0 and 1 for classes.
    The forms are

        energy      y'K y / |y|^2, between the smallest and the largest eigenvalue of K, in their unit
        cosine      <K, y y'>_F / (|K|_F |y|^2), between 0 and 1; it does not know the size of the kernel
        centred     the cosine of K and y after the mean over the examples was taken off, for each output

    The energy is exact; the others hold a norm that is estimated from products, exactly so where these are as many as
    N C. With those come `<quantity>_standard_error`, `<quantity>_matvecs` and `<quantity>_converged`. Under Adam and
    AdamW they exist from the first update on. The quantity is `kernel_alignment` for the centred form and bears the
    name of the others: `energy_kernel_alignment`.

    Attributes:
        grid: When.
        examples: Number of training examples N, always the first.
        form: Which alignment.
        tolerance: Relative standard error of the norm that counts as converged.
        max_matvecs: Products after which it is stored unconverged.

    Source: Ortiz-Jimenez, Moosavi-Dezfooli and Frossard 2021 (arXiv 2106.06770) for the energy; Cortes, Mohri and
    Rostamizadeh 2012, Algorithms for Learning Kernels Based on Centered Alignment, for the others.
    """

    grid: StepGrid
    examples: PositiveInt = 128
    form: Literal["energy", "cosine", "centred"] = "centred"
    tolerance: PositiveFloat = 0.02
    max_matvecs: Annotated[int, Field(ge=8)] = 200
    kind: Literal["kernel_alignment"] = "kernel_alignment"

    @property
    def quantity(self) -> str:
        """`kernel_alignment`, `cosine_kernel_alignment` or `energy_kernel_alignment`."""
        return self.kind if self.form == "centred" else f"{self.form}_{self.kind}"

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The alignment of every member, one member after the other.

        Raises:
            ValueError: If the targets are zero, or the same for all examples where they are centred.
        """
        sizes = cohort.step_sizes()
        if sizes is None:
            return [()] * cohort.stack.members
        inputs, targets = split_examples(cohort.dataset, "train", self.examples)
        aims = target_vector(targets, cohort.dataset.outputs)
        members = enumerate(zip(sizes, generators, strict=True))
        return [list(self._rows(cohort.module(member), inputs, aims, *given)) for member, given in members]

    def _rows(
        self, module: nn.Module, inputs: Tensor, aims: Tensor, sizes: Tensor, generator: torch.Generator
    ) -> Values:
        slopes = jacobian(flat_outputs(module), inputs, weights=sizes)
        found = alignment(
            slopes,
            aims,
            form=self.form,
            tolerance=self.tolerance,
            max_matvecs=self.max_matvecs,
            generator=generator,
        )
        value = float(found.values)
        if self.form == "energy":  # which is exact, and alone has the unit of the kernel
            return [(self.quantity, 0, value / slopes.dim)]
        return estimate_rows(
            self.quantity, Estimate(value, float(found.standard_errors), found.matvecs, found.converged)
        )


def target_vector(targets: Tensor, classes: int) -> Tensor:
    """Targets in the order (example, output), output fastest; classes as vectors of zeros with a one."""
    numbers = targets if targets.is_floating_point() else torch.nn.functional.one_hot(targets, classes)
    return numbers.flatten().double()
