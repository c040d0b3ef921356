"""Layers that know their roles and carry the factors that a regime sets.

What `parameterize` may rely on, for every layer of this package:

- A layer that owns weights is a `ScaledLayer`. Its `drawn()` says for each of its parameters, by local name and in the
  order of `named_parameters`, how it starts under the standard initialization at the layer's own size: normal with mean
  `center` and deviation `gain / sqrt(fan_in)`; biases and the gains of norms have `gain` 0 and do not vary.
- Its `multiplier` is a factor on the term that holds the parameter called `weight`, and so belongs to the role of that
  parameter. A `bias` enters without a factor.
- A layer of any other kind that has a `multiplier` owns no weights: `Residual` (factor on what the branch adds),
  `Attention` (factor on the logits, beside 1/sqrt(head dimension)) and `TiedReadout` (factor on the outputs; `replaced`
  describes the weight that it does without).
- Weights hold no numbers before they are drawn, in the order of `named_parameters`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from spectra.scaling.rules import Role


@dataclass(frozen=True)
class Drawn:
    """How one parameter starts under the standard initialization.

    Attributes:
        role: Which of its dimensions grow.
        fan_in: Number of inputs that each output sums over, at the layer's own size; 1 where nothing is summed.
        gain: Deviation of the entries times sqrt(fan_in); 0 if they do not vary.
        center: Mean of the entries.
    """

    role: Role
    fan_in: int
    gain: float
    center: float = 0.0


@runtime_checkable
class ScaledLayer(Protocol):
    """A layer that owns weights, with a factor on the term that holds its `weight`."""

    multiplier: float

    def drawn(self) -> dict[str, Drawn]:
        """How each parameter starts, by its local name."""


def multiplied(tensor: Tensor, multiplier: float | Tensor) -> Tensor:
    """A tensor times a multiplier; one of exactly 1 costs nothing, forwards or in derivatives."""
    return tensor if isinstance(multiplier, float) and multiplier == 1 else tensor * multiplier


def matrix_drawn(layer: Linear | Convolution) -> dict[str, Drawn]:
    """How the weight (outputs, inputs, ...) of a layer starts, and its bias if it has one."""
    drawn = {"weight": Drawn(layer.role, prod(layer.weight.shape[1:]), layer.gain)}
    if layer.bias is not None:
        # The outputs of a readout are counted by the task, so its bias is the only one that does not grow.
        drawn["bias"] = Drawn(Role.FIXED if layer.role is Role.OUTPUT else Role.VECTOR, 1, 0.0)
    return drawn


class Linear(nn.Module):
    """x -> multiplier * W x + b, with W of shape (outputs, inputs) in a given role.

    Weights are drawn by `parameterize`, with a standard deviation times `gain`; the bias, if any, starts at zero. The
    bias of a readout is in the role FIXED, any other is a VECTOR.
    """

    def __init__(self, inputs: int, outputs: int, role: Role, *, bias: bool = False, gain: float = 1.0) -> None:
        super().__init__()
        self.role = role
        self.gain = gain
        self.multiplier = 1.0
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None

    def drawn(self) -> dict[str, Drawn]:
        """How weight and bias start; the fan-in is the number of inputs."""
        return matrix_drawn(self)

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (..., outputs) for inputs (..., inputs)."""
        product = multiplied(nn.functional.linear(inputs, self.weight), self.multiplier)
        return product if self.bias is None else product + self.bias


class Convolution(nn.Module):
    """x -> multiplier * W * x + b, with W of shape (outputs, inputs, kernel, kernel) in a given role.

    The border is padded with zeros by half a kernel: with an odd kernel and stride 1, images keep their size.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        role: Role,
        *,
        kernel: int = 3,
        stride: int = 1,
        bias: bool = False,
        gain: float = 1.0,
    ) -> None:
        super().__init__()
        self.role = role
        self.gain = gain
        self.stride = stride
        self.padding = kernel // 2
        self.multiplier = 1.0
        self.weight = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None

    def drawn(self) -> dict[str, Drawn]:
        """How weight and bias start; the fan-in is inputs * kernel^2, of which the inputs may grow."""
        return matrix_drawn(self)

    def forward(self, images: Tensor) -> Tensor:
        """Images (N, outputs, H / stride, W / stride), rounded up for odd kernels, of images (N, inputs, H, W)."""
        product = nn.functional.conv2d(images, self.weight, stride=self.stride, padding=self.padding)
        product = multiplied(product, self.multiplier)
        return product if self.bias is None else product + self.bias[:, None, None]


class Residual(nn.Module):
    """h -> h + multiplier * branch(h)."""

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch
        self.multiplier = 1.0

    def forward(self, stream: Tensor) -> Tensor:
        """Stream (N, ...) plus what the branch adds to it, of the same shape."""
        total: Tensor = stream + multiplied(self.branch(stream), self.multiplier)
        return total
