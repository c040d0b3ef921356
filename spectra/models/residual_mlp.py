"""A residual multilayer perceptron."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass
from torch import nn

from spectra.models.branch import Activation, NormKind, activated_layers, norm_layer
from spectra.models.perceptron import Perceptron
from spectra.models.shapes import Shape
from spectra.scaling.layers import Linear, Residual
from spectra.scaling.rules import Role, Size


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ResidualMLP:
    """x -> W_out phi(norm(h_L)), with h_0 = W_in x and h_(l+1) = h_l + branch * W_l phi(norm(h_l)).

    With k layers per block the branch is W_lk phi(... W_l1 phi(norm(h_l))).

    Attributes:
        width: Length of the residual stream.
        depth: Number of residual branches L.
        activation: phi.
        bias: Whether the input and hidden layers and the layer norms have biases.
        zero_readout: Whether W_out starts at zero, so that the first outputs do not differ between widths by chance.
        layers_per_block: Number of hidden matrices k in each branch.
        norm: Layer norm or root-mean-square norm at the head of every branch and before the readout, or none.
        readout_bias: Whether the readout has a bias, whose role is FIXED.
    """

    width: PositiveInt
    depth: PositiveInt = 3
    activation: Activation = "relu"
    bias: bool = False
    zero_readout: bool = False
    layers_per_block: PositiveInt = 1
    norm: NormKind = "none"
    readout_bias: bool = False
    kind: Literal["residual_mlp"] = "residual_mlp"

    @property
    def size(self) -> Size:
        """Width and depth, as regimes count them."""
        return Size(self.width, self.depth)

    def build(self, inputs: Shape, outputs: int) -> nn.Module:
        """A module from (N, *inputs) to (N, outputs) whose weights are still to be drawn by `parameterize`."""
        return Perceptron(self, (Residual(_branch(self)) for _ in range(self.depth)), inputs, outputs)


def _branch(spec: ResidualMLP) -> nn.Module:
    return activated_layers(
        lambda: Linear(spec.width, spec.width, Role.HIDDEN, bias=spec.bias),
        spec.layers_per_block,
        activation=spec.activation,
        norm=norm_layer(spec.norm, spec.width, bias=spec.bias),
    )
