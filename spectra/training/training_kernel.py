"""The tangent kernel by which an update moves the outputs of a network, or some of them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.linearized import Linearized
from spectra.kernels.regression_matrices import kernel_matrix
from spectra.models.surrogate_activation import SurrogateActivation, with_own_derivatives


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
