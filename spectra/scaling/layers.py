"""Layers that know their role and carry the factors that a regime sets."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from spectra.scaling.rules import Role


class Linear(nn.Module):
    """x -> multiplier * W x + b, with W of shape (outputs, inputs) in a given role.

    The bias, if any, is a vector of the hidden width; a readout has none. Weights are drawn by `parameterize`, with a
    standard deviation times `gain`.
    """

    def __init__(self, inputs: int, outputs: int, role: Role, *, bias: bool = False, gain: float = 1.0) -> None:
        super().__init__()
        if bias and role is Role.OUTPUT:
            raise ValueError(
                "a readout with a bias was asked for; its bias does not grow with the width and has no rule"
            )
        self.role = role
        self.gain = gain
        self.multiplier = 1.0
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (N, outputs) for inputs (N, inputs)."""
        product = nn.functional.linear(inputs, self.weight) * self.multiplier
        return product if self.bias is None else product + self.bias


class Residual(nn.Module):
    """h -> h + multiplier * branch(h)."""

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch
        self.multiplier = 1.0

    def forward(self, stream: Tensor) -> Tensor:
        """Stream (N, width) plus what the branch adds to it, (N, width)."""
        total: Tensor = stream + self.multiplier * self.branch(stream)
        return total
