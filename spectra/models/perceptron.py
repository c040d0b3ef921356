"""The network of both perceptrons: vectors into a stream, through blocks, and out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from torch import Tensor, nn

from spectra.models.branch import ACTIVATIONS, norm_layer
from spectra.models.shapes import Shape, features, vectors
from spectra.scaling.layers import Linear
from spectra.scaling.rules import Role

if TYPE_CHECKING:
    from spectra.models.mlp import MLP
    from spectra.models.residual_mlp import ResidualMLP


class Perceptron(nn.Module):
    """x -> W_out phi(norm(blocks(W_in x))), with blocks that keep the shape of the stream."""

    def __init__(self, spec: MLP | ResidualMLP, blocks: Iterable[nn.Module], inputs: Shape, outputs: int) -> None:
        super().__init__()
        self.example = inputs
        self.embed = Linear(features(inputs), spec.width, Role.INPUT, bias=spec.bias)
        self.blocks = nn.Sequential(*blocks)
        self.norm = norm_layer(spec.norm, spec.width, bias=spec.bias)
        self.activation = ACTIVATIONS[spec.activation]()
        gain = 0.0 if spec.zero_readout else 1.0
        self.readout = Linear(spec.width, outputs, Role.OUTPUT, bias=spec.readout_bias, gain=gain)

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (N, outputs) of examples (N, *inputs), which are flattened."""
        stream = self.blocks(self.embed(vectors(inputs, self.example)))
        outputs: Tensor = self.readout(self.activation(self.norm(stream)))
        return outputs
