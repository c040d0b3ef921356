"""The spectrum of the tangent kernel on the training examples, and how the residuals lie in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn
from torch.func import functional_call, grad, jacrev, vmap

from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort
    from spectra.training.eigenvalue_rows import Memory, Values


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class TangentKernel:
    """Eigenvalues of J D J' / (N C), and the squared coefficients of the residuals in its eigenvectors.

    J is the Jacobian of the C outputs on N training examples, D the learning rate of every weight. In the linear regime
    an update of plain descent on the mean squared error multiplies the residual along an eigenvector by 1 - 2 mu, with
    mu the eigenvalue, `tangent_kernel`; mu / rate is that of the kernel at learning rate one. The squared coefficients,
    `tangent_kernel_coefficient`, are (v.(f - y))^2 / (N C): all of them add up to the mean squared error on these
    examples. The index counts from the largest eigenvalue on. The work is N^2 P for P weights, and N^3.

    Attributes:
        grid: When.
        examples: Number of training examples N, always the first.
        count: How many of the largest eigenvalues are stored; None is all N C.
    """

    grid: StepGrid
    examples: PositiveInt = 512
    count: PositiveInt | None = None
    kind: Literal["tangent_kernel"] = "tangent_kernel"

    @property
    def quantity(self) -> str:
        """The kind."""
        return self.kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """Spectrum and coefficients of every member at the weights of the moment.

        Raises:
            ValueError: If the targets are not numbers of the shape of the outputs, so that there are no residuals.
        """
        inputs, targets = cohort.dataset.inputs[: self.examples], cohort.dataset.targets[: self.examples]
        sizes = cohort.step_sizes()
        if sizes is None:
            return [()] * cohort.stack.members
        return [self._rows(cohort.module(member), size, inputs, targets) for member, size in enumerate(sizes)]

    def _rows(self, module: nn.Module, sizes: Tensor, inputs: Tensor, targets: Tensor) -> Values:
        with torch.no_grad():
            outputs = module(inputs)
            residuals = outputs - _numbers(targets, outputs.shape)
        values, vectors = torch.linalg.eigh(tangent_kernel(module, inputs, sizes) / residuals.numel())
        coefficients = (vectors.T @ residuals.double().flatten()).square() / residuals.numel()
        for name, numbers in ((self.kind, values), (f"{self.kind}_coefficient", coefficients)):
            yield from ((name, index, number) for index, number in enumerate(numbers.flip(0)[: self.count].tolist()))


def tangent_kernel(module: nn.Module, inputs: Tensor, sizes: Tensor) -> Tensor:
    """J D J' of a network at its weights.

    Args:
        module: The network, with outputs (N, C).
        inputs: Examples (N, ...).
        sizes: The diagonal of D, (P,), in the order of `named_parameters`.

    Returns:
        Symmetric matrix (N C, N C) in double precision, in the order (example, output), output fastest.
    """
    named = {name: value.detach() for name, value in module.named_parameters()}
    kernel = torch.zeros((), dtype=torch.float64, device=inputs.device)
    pieces = sizes.split([value.numel() for value in named.values()])
    for name, size in zip(named, pieces, strict=True):
        # One parameter after the other: the whole Jacobian would not fit where its parts do.
        jacobian = _jacobian(module, named, name, inputs).flatten(0, 1).flatten(1)
        if jacobian.any():
            kernel = kernel + ((jacobian * size) @ jacobian.T).double()
    return (kernel + kernel.T) / 2


def summed_tangent_kernel(module: nn.Module, inputs: Tensor, sizes: Tensor, outputs: int) -> Tensor:
    """sum_c J_c D J_c' of a network at its weights, over some of its outputs c.

    Args:
        module: The network.
        inputs: Examples (N, ...).
        sizes: The diagonal of D, (P,), in the order of `named_parameters`.
        outputs: How many outputs of an example are summed over at most, evenly spread over all of them.

    Returns:
        Symmetric matrix (N, N) in double precision.
    """
    named = {name: value.detach() for name, value in module.named_parameters()}
    with torch.no_grad():
        total = module(inputs[:1]).numel()

    def output(parameters: dict[str, Tensor], example: Tensor, place: int) -> Tensor:
        found: Tensor = functional_call(module, parameters, (example[None],)).flatten()[place]
        return found

    kernel = torch.zeros(len(inputs), len(inputs), dtype=torch.float64, device=inputs.device)
    for place in torch.linspace(0, total - 1, min(outputs, total)).round().int().tolist():
        slopes = vmap(grad(output), in_dims=(None, 0, None))(named, inputs, place)
        jacobian = torch.cat([slopes[name].flatten(1) for name in named], 1)
        kernel += ((jacobian * sizes) @ jacobian.T).double()
    return (kernel + kernel.T) / 2


def _jacobian(module: nn.Module, named: dict[str, Tensor], name: str, inputs: Tensor) -> Tensor:
    """Derivatives (N, C, *shape) of the outputs of each example in one parameter."""

    def outputs(parameter: Tensor, example: Tensor) -> Tensor:
        found: Tensor = functional_call(module, {**named, name: parameter}, (example[None],))
        return found[0]

    jacobian: Tensor = vmap(jacrev(outputs), in_dims=(None, 0))(named[name], inputs)
    return jacobian


def _numbers(targets: Tensor, shape: torch.Size) -> Tensor:
    if targets.shape != shape or not targets.is_floating_point():
        raise ValueError(
            f"the measurement tangent_kernel takes residuals, and targets of shape {tuple(targets.shape)} and "
            f"{targets.dtype} have none with outputs of shape {tuple(shape)}; use it with data for regression"
        )
    return targets
