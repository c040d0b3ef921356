"""A perceptron of erf or sign units that is trained with surrogate derivatives."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.models.shapes import Shape, features, vectors
from spectra.models.surrogate_activation import ScaledErf, Sign, SurrogateActivation
from spectra.scaling.layers import Drawn, Linear, multiplied
from spectra.scaling.rules import Role, Size


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class SurrogateMLP:
    """h_1 = W_1 x / sqrt(d) + s_b b_1, h_(l+1) = W_(l+1) phi(h_l) + s_b b_(l+1), trained by psi' for phi'.

    W_1 and the b_l have entries of unit variance at the start, and the output is h_(depth + 2). Under the regime `ntk`
    with base width 1 the entries of the other W_l have the variance 1 / width, and an update moves the outputs by the
    tangent kernel I(x, x') = J(x) J~(x')' times the residuals, with psi' in J~. `kernel_drift` and
    `infinite_kernel_distance` are those of I; every other measurement of curvature or of a kernel sees J~ alone.

    Attributes:
        width: Number of units of every hidden layer.
        depth: Number of hidden matrices; there are depth + 1 layers of activations.
        activation: phi: erf(steepness u), or the sign of u.
        steepness: That of erf; none of the sign.
        surrogate: psi': the slopes of erf(surrogate_steepness u), or those of u, which are 1, or those of phi itself,
            which the sign has not.
        surrogate_steepness: That of psi = erf; none of the others.
        bias_deviation: s_b; 0 for no biases.

    Source: Eilers, Memmesheimer and Goedeke 2024 (arXiv 2405.15539).
    """

    width: PositiveInt
    depth: PositiveInt = 1
    activation: Literal["erf", "sign"] = "sign"
    steepness: PositiveFloat = 1.0
    surrogate: Literal["erf_slopes", "unit_slopes", "own_slopes"] = "erf_slopes"
    surrogate_steepness: PositiveFloat = 1.0
    bias_deviation: NonNegativeFloat = 0.1
    kind: Literal["surrogate_mlp"] = "surrogate_mlp"

    @model_validator(mode="after")
    def _units_exist(self) -> SurrogateMLP:
        if self.activation == "sign" and self.surrogate == "own_slopes":
            raise ValueError(
                "a sign with its own slopes was asked for, which are zero: nothing but the readout would be "
                'trained; use surrogate = "erf_slopes" or "unit_slopes"'
            )
        for name, value, has in (
            ("steepness", self.steepness, self.activation == "erf"),
            ("surrogate_steepness", self.surrogate_steepness, self.surrogate == "erf_slopes"),
        ):
            if value != 1.0 and not has:
                raise ValueError(f"a {name} of {value} was given, and only erf has one: leave it out")
        return self

    @property
    def size(self) -> Size:
        """Width and depth, as regimes count them."""
        return Size(self.width, self.depth)

    def build(self, inputs: Shape, outputs: int) -> nn.Module:
        """A module from (N, *inputs) to (N, outputs) whose weights are still to be drawn by `parameterize`."""
        return SurrogateNetwork(self, inputs, outputs)

    def units(self) -> nn.Module:
        """phi, with psi'."""
        phi = ScaledErf(self.steepness) if self.activation == "erf" else Sign()
        if self.surrogate == "own_slopes":
            return phi
        psi = ScaledErf(self.surrogate_steepness) if self.surrogate == "erf_slopes" else nn.Identity()
        return SurrogateActivation(phi, psi)


class BiasedLinear(Linear):
    """x -> multiplier * W x + factor * b, with b drawn with unit variance."""

    def __init__(self, inputs: int, outputs: int, role: Role, *, factor: float, gain: float = 1.0) -> None:
        super().__init__(inputs, outputs, role, bias=factor > 0, gain=gain)
        self.factor = factor

    def drawn(self) -> dict[str, Drawn]:
        """How weight and bias start."""
        drawn = super().drawn()
        return drawn | {name: Drawn(row.role, 1, 1.0) for name, row in drawn.items() if name == "bias"}

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (..., outputs) for inputs (..., inputs)."""
        product = multiplied(nn.functional.linear(inputs, self.weight), self.multiplier)
        return product if self.bias is None else product + self.factor * self.bias


class SurrogateNetwork(nn.Module):
    """The network itself."""

    def __init__(self, spec: SurrogateMLP, inputs: Shape, outputs: int) -> None:
        super().__init__()
        self.example, self.length = inputs, features(inputs)
        width, factor = spec.width, spec.bias_deviation
        self.layers = nn.Sequential(BiasedLinear(self.length, width, Role.INPUT, factor=factor, gain=self.length**0.5))
        for _ in range(spec.depth):
            self.layers.extend([spec.units(), BiasedLinear(width, width, Role.HIDDEN, factor=factor)])
        self.layers.extend([spec.units(), BiasedLinear(width, outputs, Role.OUTPUT, factor=factor)])

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (N, outputs) of examples (N, *inputs), which are flattened."""
        outputs: Tensor = self.layers(vectors(inputs, self.example) / self.length**0.5)
        return outputs
