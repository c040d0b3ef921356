"""A linear network of two layers, whose training is known exactly at every width."""

from __future__ import annotations

from math import sqrt
from typing import Literal

from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.models.shapes import Shape, features, vectors
from spectra.scaling.layers import Linear
from spectra.scaling.rules import Role, Size


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class LinearNetwork:
    """x -> W_out W_in x / sqrt(D), for D features, with the entries of W_in of unit variance at the start.

    With base width 1 both layers have unit variance in the writing f = a.W x / (gamma sqrt(N D)) and the learning rate
    gamma^2 in both: gamma is richness * sqrt(N) under muP, and the richness itself under `ntk`. `ntk_matched`, which
    agrees with `ntk` there, is therefore muP of richness 1 at the width richness^2, and turns lazy beyond it.

    For one output and full batches `spectra.asymptotics` gives loss and curvature after every step without the network.

    Attributes:
        width: Number of hidden units N.

    Source: the two-layer linear networks of Noci et al. 2024 (arXiv 2402.17457).
    """

    width: PositiveInt
    kind: Literal["linear_network"] = "linear_network"

    @property
    def size(self) -> Size:
        """Width, and depth 1."""
        return Size(self.width, 1)

    def build(self, inputs: Shape, outputs: int) -> nn.Module:
        """A module from (N, *inputs) to (N, outputs) whose weights are still to be drawn by `parameterize`."""
        return TwoLayers(self, inputs, outputs)


class TwoLayers(nn.Module):
    """The network itself."""

    def __init__(self, spec: LinearNetwork, inputs: Shape, outputs: int) -> None:
        super().__init__()
        self.example, self.length = inputs, features(inputs)
        self.hidden = Linear(self.length, spec.width, Role.INPUT, gain=sqrt(self.length))
        self.readout = Linear(spec.width, outputs, Role.OUTPUT)

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (N, outputs) of examples (N, *inputs), which are flattened."""
        scaled = vectors(inputs, self.example) / sqrt(self.length)
        outputs: Tensor = self.readout(self.hidden(scaled))
        return outputs
