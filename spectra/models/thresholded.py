"""A shallow network of relu units that open late, with a readout that is not trained."""

from __future__ import annotations

from math import erfc, sqrt
from typing import Literal

import torch
from pydantic import ConfigDict, FiniteFloat, PositiveInt, model_validator
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.models.branch import ACTIVATIONS, Activation
from spectra.models.shapes import Shape, features, vectors
from spectra.scaling.layers import Drawn, Linear
from spectra.scaling.rules import Role, Size


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Thresholded:
    """x -> m^(-1/2) sum_r a_r phi(w_r.x - b_r), with w_r of unit variance and b_r = threshold at the start.

    The signs a_r are not trained: every output has its own, and as many units have each pattern of the signs. For
    inputs of length one a unit is active with the probability Q(threshold), the upper tail of a standard normal
    variable. Under the regime `ntk` an update moves the outputs by `bias_kernel` times the residuals, up to what a
    finite width leaves.

    Attributes:
        width: Number of hidden units m, a multiple of 2^outputs.
        threshold: B.
        activation: phi, relu in what is said above.
        normalized: Whether outputs are multiplied by (2 Q(B))^(-1/2), so that the tangent kernel of an input with
            itself, and what a rate does to it, is the same at every threshold.

    Source: Yang et al. 2023 (arXiv 2301.00327).
    """

    width: PositiveInt
    threshold: FiniteFloat = 0.0
    activation: Activation = "relu"
    normalized: bool = False
    kind: Literal["thresholded"] = "thresholded"

    @model_validator(mode="after")
    def _some_are_active(self) -> Thresholded:
        if self.normalized and not erfc(self.threshold / sqrt(2)):
            raise ValueError(
                f"normalized = true was given with the threshold {self.threshold}, at which no unit is ever active; "
                "use a lower one"
            )
        return self

    @property
    def size(self) -> Size:
        """Width, and depth 1."""
        return Size(self.width, 1)

    @property
    def gain(self) -> float:
        """What outputs are multiplied by beside m^(-1/2)."""
        return erfc(self.threshold / sqrt(2)) ** -0.5 if self.normalized else 1.0

    def build(self, inputs: Shape, outputs: int) -> nn.Module:
        """A module from (N, *inputs) to (N, outputs) whose weights are still to be drawn by `parameterize`.

        Raises:
            ValueError: If the width is no multiple of the number of patterns of signs.
        """
        if self.width % 2**outputs:
            raise ValueError(
                f"a width of {self.width} was given; the signs of {outputs} outputs have 2^{outputs} patterns, of "
                f"which each needs as many units: use a multiple of 2^{outputs}"
            )
        return ThresholdedNetwork(self, inputs, outputs)


class LateLinear(Linear):
    """x -> multiplier * W x + b, with b = -threshold at the start."""

    def __init__(self, inputs: int, outputs: int, threshold: float) -> None:
        super().__init__(inputs, outputs, Role.INPUT, bias=True, gain=inputs**0.5)
        self.threshold = threshold

    def drawn(self) -> dict[str, Drawn]:
        """How weight and bias start."""
        return super().drawn() | {"bias": Drawn(Role.VECTOR, 1, 0.0, -self.threshold)}


class ThresholdedNetwork(nn.Module):
    """The network itself."""

    def __init__(self, spec: Thresholded, inputs: Shape, outputs: int) -> None:
        super().__init__()
        self.example, self.gain, self.outputs = inputs, spec.gain, outputs
        self.hidden = LateLinear(features(inputs), spec.width, spec.threshold)
        self.activation = ACTIVATIONS[spec.activation]()

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (N, outputs) of examples (N, *inputs), which are flattened."""
        units: Tensor = self.activation(self.hidden(vectors(inputs, self.example)))
        outputs: Tensor = nn.functional.linear(units, self.signs(units))
        scaled: Tensor = outputs * (self.gain / units.shape[-1] ** 0.5)
        return scaled

    def signs(self, like: Tensor) -> Tensor:
        """a, (outputs, width): 1 or -1 by the binary digits of the number of a unit."""
        places = torch.arange(self.outputs, device=like.device)
        digits = torch.arange(like.shape[-1], device=like.device) >> places[:, None]
        signs: Tensor = 1 - 2 * (digits & 1).to(like.dtype)
        return signs
