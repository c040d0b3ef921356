"""A linear predictor, which nothing scales."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.models.shapes import Shape, features, vectors
from spectra.scaling.layers import Linear
from spectra.scaling.rules import Role, Size


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class LinearModel:
    """x -> W x, from W = 0: the model on which laws of optimizers are exact.

    It has no width, so that every regime leaves it as it is.
    """

    kind: Literal["linear"] = "linear"

    @property
    def size(self) -> Size:
        """The smallest there is."""
        return Size(1, 1)

    def build(self, inputs: Shape, outputs: int) -> nn.Module:
        """A module from (N, *inputs) to (N, outputs)."""
        return _Predictor(inputs, outputs)


class _Predictor(nn.Module):
    def __init__(self, inputs: Shape, outputs: int) -> None:
        super().__init__()
        self.example = inputs
        self.readout = Linear(features(inputs), outputs, Role.FIXED, gain=0.0)

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (N, outputs) of examples (N, *inputs), which are flattened."""
        found: Tensor = self.readout(vectors(inputs, self.example))
        return found
