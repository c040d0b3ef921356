"""The spectrum of the tangent kernel on the training examples, and how the residuals lie in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.training.rows import Memory, Values, named_by_kind, numbered_rows
from spectra.training.split_examples import split_examples
from spectra.training.step_grid import StepGrid
from spectra.training.training_kernel import tangent_kernel

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class TangentKernel:
    """Eigenvalues of J D J' / (N C), and the squared coefficients of the residuals in its eigenvectors.

    J is the Jacobian of the C outputs on N training examples, D the learning rate of every weight. In the linear regime
    an update of plain descent on the mean squared error multiplies the residual along an eigenvector by 1 - 2 mu, with
    mu the eigenvalue, `tangent_kernel`; mu / rate is that of the kernel at learning rate one. The squared coefficients,
    `tangent_kernel_coefficient`, are (v.(f - y))^2 / (N C): all of them add up to the mean squared error on these
    examples. The index counts from the largest eigenvalue on. The work is at most N^2 C^2 P for P weights, and (N C)^3.

    Attributes:
        grid: When.
        examples: Number of training examples N, always the first.
        count: How many of the largest eigenvalues are stored; None is all N C.
    """

    grid: StepGrid
    examples: PositiveInt = 512
    count: PositiveInt | None = None
    kind: Literal["tangent_kernel"] = "tangent_kernel"

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """Spectrum and coefficients of every member at the weights of the moment.

        Raises:
            ValueError: If the targets are not numbers of the shape of the outputs, so that there are no residuals.
        """
        inputs, targets = split_examples(cohort.dataset, "train", self.examples)
        sizes = cohort.step_sizes()
        if sizes is None:
            return [()] * cohort.stack.members
        return [self._rows(cohort.module(member), size, inputs, targets) for member, size in enumerate(sizes)]

    def _rows(self, module: nn.Module, sizes: Tensor, inputs: Tensor, targets: Tensor) -> Values:
        residuals = residuals_of(module, inputs, targets, self.kind)
        values, vectors = torch.linalg.eigh(tangent_kernel(module, inputs, sizes) / residuals.numel())
        coefficients = (vectors.T @ residuals.double().flatten()).square() / residuals.numel()
        for ending, numbers in (("", values), ("_coefficient", coefficients)):
            yield from numbered_rows(f"{self.kind}{ending}", numbers.flip(0)[: self.count])


def residuals_of(module: nn.Module, inputs: Tensor, targets: Tensor, measurement: str) -> Tensor:
    """f - y on some examples, (N, C).

    Raises:
        ValueError: If the targets are not numbers of the shape of the outputs; it names the measurement.
    """
    with torch.no_grad():
        outputs: Tensor = module(inputs)
    if targets.shape != outputs.shape or not targets.is_floating_point():
        raise ValueError(
            f"the measurement {measurement} takes residuals, and targets of shape {tuple(targets.shape)} and "
            f"{targets.dtype} have none with outputs of shape {tuple(outputs.shape)}; use it with data for regression"
        )
    return outputs - targets
