"""A plain multilayer perceptron."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import nn

from spectra.models.branch import Activation, NormKind, activated_layers, norm_layer
from spectra.models.perceptron import Perceptron
from spectra.models.shapes import Shape
from spectra.scaling.layers import Linear
from spectra.scaling.rules import Role, Size


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class MLP:
    """x -> W_out phi(norm(h_L)), with h_0 = W_in x and h_(l+1) = W_l phi(norm(h_l)).

    There are depth + 2 matrices and depth + 1 layers of activations. Nothing is a residual branch, so the depth rule
    of a regime has no place here and is refused: compare widths.

    Attributes:
        width: Number of units of every hidden layer.
        depth: Number of hidden matrices L, of shape (width, width).
        activation: phi.
        bias: Whether the input and hidden layers and the layer norms have biases.
        zero_readout: Whether W_out starts at zero.
        gain: Deviation of the hidden weights times sqrt(width); 2^(1/2) keeps the size of relu layers over the depth.
        norm: Layer norm or root-mean-square norm before every activation, or none.
        readout_bias: Whether the readout has a bias, whose role is FIXED.
    """

    width: PositiveInt
    depth: PositiveInt = 2
    activation: Activation = "relu"
    bias: bool = False
    zero_readout: bool = False
    gain: PositiveFloat = 1.0
    norm: NormKind = "none"
    readout_bias: bool = False
    kind: Literal["mlp"] = "mlp"

    @property
    def size(self) -> Size:
        """Width and depth, as regimes count them."""
        return Size(self.width, self.depth)

    def build(self, inputs: Shape, outputs: int) -> nn.Module:
        """A module from (N, *inputs) to (N, outputs) whose weights are still to be drawn by `parameterize`."""
        return Perceptron(self, (_block(self) for _ in range(self.depth)), inputs, outputs)


def _block(spec: MLP) -> nn.Module:
    return activated_layers(
        lambda: Linear(spec.width, spec.width, Role.HIDDEN, bias=spec.bias, gain=spec.gain),
        1,
        activation=spec.activation,
        norm=norm_layer(spec.norm, spec.width, bias=spec.bias),
    )
