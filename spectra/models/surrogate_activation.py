"""Units that pass one function forward and the derivative of another one backward."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn


class ScaledErf(nn.Module):
    """u -> erf(steepness u)."""

    def __init__(self, steepness: float) -> None:
        super().__init__()
        self.steepness = steepness

    def forward(self, inputs: Tensor) -> Tensor:
        """Units of any shape."""
        return torch.erf(self.steepness * inputs)


class Sign(nn.Module):
    """u -> 1 for u > 0, -1 for u < 0; its derivative is zero wherever it exists."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Units of any shape."""
        return torch.sign(inputs)


class SurrogateActivation(nn.Module):
    """phi(u), with psi'(u) in place of its derivative: forward derivatives and backward ones alike.

    Attributes:
        activation: phi, elementwise.
        surrogate: psi, elementwise and differentiable; phi itself for the plain activation.

    >>> unit, inputs = SurrogateActivation(Sign(), nn.Identity()), torch.tensor([2.0, -3.0], requires_grad=True)
    >>> unit(inputs).tolist(), torch.autograd.grad(unit(inputs).sum(), inputs)[0].tolist()
    ([1.0, -1.0], [1.0, 1.0])
    """

    def __init__(self, activation: nn.Module, surrogate: nn.Module) -> None:
        super().__init__()
        self.activation = activation
        self.surrogate = surrogate

    def forward(self, inputs: Tensor) -> Tensor:
        """Units of any shape."""
        stand_in: Tensor = self.surrogate(inputs)
        # The difference is exactly zero, so that the values are those of phi to the last bit.
        units: Tensor = self.activation(inputs).detach() + (stand_in - stand_in.detach())
        return units


def with_own_derivatives(module: nn.Module) -> nn.Module:
    """A copy of a module in which every `SurrogateActivation` has its own derivative.

    With the module itself it makes the kernel J(x) J~(x')' by which surrogate gradients move its outputs:
    `empirical_ntk(with_own_derivatives(module), x, x2, module2=module)`, rows predicted, columns trained on.

    Raises:
        ValueError: If the module has no `SurrogateActivation`: its kernel is `empirical_ntk(module, x, x2)`. If a
            unit is a sign: its derivative is zero almost everywhere, and what the jumps of many units add to the kernel
            is in no Jacobian.
    """
    if not any(isinstance(part, SurrogateActivation) for part in module.modules()):
        raise ValueError(
            "the module has no SurrogateActivation, so that all its derivatives are its own already; its kernel is "
            "empirical_ntk(module, x, x2). To train it by other derivatives, put SurrogateActivation(activation, "
            "surrogate) in place of its activations"
        )
    copy = deepcopy(module)
    for name, part in copy.named_modules():
        if isinstance(part, SurrogateActivation):
            if isinstance(part.activation, Sign):
                raise ValueError(
                    f"{name} is a sign, whose derivative is zero almost everywhere: the kernel of such a network is "
                    "no product of Jacobians; use the activation erf with a large steepness, or compare trained "
                    "networks with the law of infinitely wide ones"
                )
            part.surrogate = part.activation
    return copy
