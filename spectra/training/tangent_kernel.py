"""The spectrum of the tangent kernel on the training examples, and how the residuals lie in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.linearized import Linearized
from spectra.kernels.regression_matrices import kernel_matrix
from spectra.models.surrogate_activation import SurrogateActivation, with_own_derivatives
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
        residuals = residuals_of(module, inputs, targets, self.kind)
        values, vectors = torch.linalg.eigh(tangent_kernel(module, inputs, sizes) / residuals.numel())
        coefficients = (vectors.T @ residuals.double().flatten()).square() / residuals.numel()
        for name, numbers in ((self.kind, values), (f"{self.kind}_coefficient", coefficients)):
            yield from ((name, index, number) for index, number in enumerate(numbers.flip(0)[: self.count].tolist()))


def tangent_kernel(module: nn.Module, inputs: Tensor, sizes: Tensor) -> Tensor:
    """J D J' of a network at its weights.

    Args:
        module: The network, with outputs (N, ...), C numbers for each example.
        inputs: Examples (N, ...).
        sizes: The diagonal of D, (P,), in the order of `named_parameters`.

    Returns:
        Symmetric matrix (N C, N C) in double precision, in the order (example, output), output fastest.

    Raises:
        ValueError: If the network has surrogate derivatives: the kernel by which it moves is not symmetric.
    """
    if has_surrogates(module):
        raise ValueError(
            "eigenvectors of the tangent kernel were asked for of a network that is trained with surrogate "
            "derivatives, whose kernel is not symmetric; leave them out, and measure kernel_drift, "
            "infinite_kernel_distance or limit_prediction"
        )
    return kernel_matrix(empirical_ntk(flat_outputs(module), inputs, weights=sizes))


def training_kernel(module: nn.Module, inputs: Tensor, sizes: Tensor) -> Tensor:
    """The kernel by which an update moves outputs: `tangent_kernel`, and J D J~' of a network with surrogates.

    J~ has their derivatives, at the examples that train, the columns; rows are predicted.

    Args:
        module: The network, with outputs (N, ...).
        inputs: Examples (N, ...).
        sizes: The diagonal of D, (P,), in the order of `named_parameters`.

    Returns:
        Matrix (N C, N C) in double precision, symmetric without surrogates.

    Raises:
        ValueError: If a unit is a sign, with which this kernel is no product of Jacobians.
    """
    if not has_surrogates(module):
        return tangent_kernel(module, inputs, sizes)
    own = flat_outputs(with_own_derivatives(module))
    return kernel_matrix(empirical_ntk(own, inputs, weights=sizes, module2=flat_outputs(module)))


def has_surrogates(module: nn.Module) -> bool:
    """Whether a network passes derivatives backward that are not those of its units."""
    return any(isinstance(part, SurrogateActivation) for part in module.modules())


def summed_tangent_kernel(module: nn.Module, inputs: Tensor, sizes: Tensor, outputs: int) -> Tensor:
    """sum_c J_c D J_c' of a network at its weights, over some of its outputs c.

    Args:
        module: The network, with outputs (N, ...).
        inputs: Examples (N, ...).
        sizes: The diagonal of D, (P,), in the order of `named_parameters`.
        outputs: How many outputs of an example are summed over at most, evenly spread over all of them.

    Returns:
        Symmetric matrix (N, N) in double precision.
    """
    chosen = chosen_outputs(module, inputs, outputs)
    return len(chosen.places) * empirical_ntk(chosen, inputs, outputs="trace", weights=sizes)


def chosen_outputs(module: nn.Module, inputs: Tensor, outputs: int) -> ChosenOutputs:
    """The network with some of its outputs, evenly spread over all of them; parameters keep their order.

    Args:
        module: The network, with outputs (N, ...).
        inputs: Examples (N, ...), of which one is looked at.
        outputs: How many outputs of an example there are at most.
    """
    with torch.no_grad():
        total = module(inputs[:1]).numel()
    places = torch.linspace(0, total - 1, min(outputs, total)).round().long()
    return ChosenOutputs(flat_outputs(module), places.to(inputs.device))


def flat_outputs(module: nn.Module) -> nn.Module:
    """A network of the same tangent kernel with outputs (N, C), whatever axes they had; parameters keep their order.

    The kernel of an expansion is that of the network that was expanded, which is plainer: on 32 examples a perceptron
    of width 256 took 0.02 s, and its expansion 0.7 s.
    """
    if not isinstance(module, Linearized):
        return nn.Sequential(module, nn.Flatten())
    trained = {name for name, _ in module.displacement.named_parameters()}
    for name, parameter in module.start.named_parameters():
        parameter.requires_grad_(name in trained)
    return nn.Sequential(module.start, nn.Flatten())


class ChosenOutputs(nn.Module):
    """Some of the outputs of a network.

    Attributes:
        network: With outputs (N, C).
        places: Which of them, (k,).
    """

    def __init__(self, network: nn.Module, places: Tensor) -> None:
        super().__init__()
        self.network = network
        self.places = places

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (N, k)."""
        outputs: Tensor = self.network(inputs)[:, self.places]
        return outputs


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
