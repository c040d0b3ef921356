"""A residual multilayer perceptron."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass
from torch import nn

from spectra.scaling import Linear, Residual, Role, Size

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ResidualMLP:
    """x -> W_out phi(h_L), with h_0 = W_in x and h_(l+1) = h_l + branch * W_l phi(h_l).

    Attributes:
        width: Length of the residual stream.
        depth: Number of residual branches L, one hidden matrix each.
        activation: phi.
        bias: Whether the input and hidden layers have biases.
        zero_readout: Whether W_out starts at zero, so that the first outputs do not differ between widths by chance.
    """

    width: PositiveInt
    depth: PositiveInt = 3
    activation: Literal["relu", "tanh", "gelu"] = "relu"
    bias: bool = False
    zero_readout: bool = False
    kind: Literal["residual_mlp"] = "residual_mlp"

    @property
    def size(self) -> Size:
        """Width and depth, as regimes count them."""
        return Size(self.width, self.depth)

    def build(self, inputs: int, outputs: int) -> nn.Module:
        """A module from (N, inputs) to (N, outputs) whose weights are still to be drawn by `parameterize`."""
        activation = ACTIVATIONS[self.activation]
        branches = [
            Residual(nn.Sequential(activation(), Linear(self.width, self.width, Role.HIDDEN, bias=self.bias)))
            for _ in range(self.depth)
        ]
        return nn.Sequential(
            Linear(inputs, self.width, Role.INPUT, bias=self.bias),
            *branches,
            activation(),
            Linear(self.width, outputs, Role.OUTPUT, gain=0.0 if self.zero_readout else 1.0),
        )
