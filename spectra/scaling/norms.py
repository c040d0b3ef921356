"""Norms of each example in plain operations, which have derivatives of every order and in both modes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from spectra.scaling.layers import Drawn, multiplied
from spectra.scaling.rules import Role

EPSILON = 1e-5
"""Added to mean squares, as in torch; it matters only to vectors of entries far below one."""


class LayerNorm(nn.Module):
    """x -> multiplier * g (x - mean) / sqrt(variance + EPSILON) + b, over one dimension of the input.

    The gain g (width,), called `weight`, starts at one and the bias b at zero. With the default dimension -1 this is
    `torch.nn.LayerNorm`; with 1 it normalises the channels of an image at every place by themselves.
    """

    def __init__(self, width: int, *, bias: bool = True, dim: int = -1) -> None:
        super().__init__()
        self.role = Role.VECTOR
        self.gain = 0.0
        self.dim = dim
        self.multiplier = 1.0
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width)) if bias else None

    def drawn(self) -> dict[str, Drawn]:
        """The gain starts at one, the bias at zero."""
        drawn = {"weight": Drawn(self.role, 1, self.gain, center=1.0)}
        return drawn if self.bias is None else {**drawn, "bias": Drawn(self.role, 1, 0.0)}

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs of the shape of the inputs, whose dimension `dim` is the width."""
        scaled = _unit_size(inputs - inputs.mean(self.dim, keepdim=True), self.dim)
        product = multiplied(scaled * _along(self.weight, self.dim, inputs), self.multiplier)
        return product if self.bias is None else product + _along(self.bias, self.dim, inputs)


class RMSNorm(nn.Module):
    """x -> multiplier * g x / sqrt(mean square + EPSILON), over one dimension of the input; g (width,) starts at one.

    Source: Zhang and Sennrich 2019 (arXiv 1910.07467), equation 4.
    """

    def __init__(self, width: int, *, dim: int = -1) -> None:
        super().__init__()
        self.role = Role.VECTOR
        self.gain = 0.0
        self.dim = dim
        self.multiplier = 1.0
        self.weight = nn.Parameter(torch.ones(width))

    def drawn(self) -> dict[str, Drawn]:
        """The gain starts at one."""
        return {"weight": Drawn(self.role, 1, self.gain, center=1.0)}

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs of the shape of the inputs, whose dimension `dim` is the width."""
        return multiplied(_unit_size(inputs, self.dim) * _along(self.weight, self.dim, inputs), self.multiplier)


def _unit_size(inputs: Tensor, dim: int) -> Tensor:
    return inputs * (inputs.square().mean(dim, keepdim=True) + EPSILON).rsqrt()


def _along(vector: Tensor, dim: int, inputs: Tensor) -> Tensor:
    """A vector as a tensor that varies along one dimension of the inputs."""
    after = inputs.ndim - 1 - dim % inputs.ndim
    return vector.reshape(-1, *[1] * after)
