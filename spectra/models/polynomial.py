"""A polynomial network: a product of layers that all read the inputs."""

from __future__ import annotations

from math import pi, sqrt
from typing import Literal

from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.models.shapes import Shape, features, vectors
from spectra.scaling.layers import Linear
from spectra.scaling.rules import Role, Size


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Polynomial:
    """x -> gain W_out y_N, y_1 = relu(W_1 x), y_l = relu(W_l x) * y_(l-1) (+ y_(l-1)), * being the entrywise product.

    The entries of all W_l have unit variance at the start, whatever the number of inputs. Under the regime `ntk` with
    base width 1 the entries of W_out have the variance 1 / width, and one update moves the outputs by the tangent
    kernel times the residuals. Its limit of infinite width is `gain`^2 / 2 times that of
    `spectra.kernels.polynomial_kernel`.

    Attributes:
        width: Number of units n.
        degree: Number of factors N. Without skips the outputs along a ray c x, c > 0, are exactly c^N times those at x.
        skip: Whether every product is added to what it multiplies.
        normalized: Whether `gain` makes the limit of the tangent kernel 2 for a unit vector with itself at every
            degree, as it is at degree 1; else it is 2^(1/2), and the kernel grows fast with the degree.

    Source: the networks in the experiments of Wu et al. 2022 (arXiv 2209.07736), where `gain` is 2^(1/2).
    """

    width: PositiveInt
    degree: PositiveInt = 2
    skip: bool = True
    normalized: bool = False
    kind: Literal["polynomial"] = "polynomial"

    @property
    def size(self) -> Size:
        """Width, and depth 1."""
        return Size(self.width, 1)

    @property
    def gain(self) -> float:
        """Factor on the outputs."""
        if not self.normalized:
            return sqrt(2)
        # At |x| = 1 the mean square of a rectified unit is 1/2, and its mean (2 pi)^(-1/2).
        factor = 1.5 + sqrt(2 / pi) if self.skip else 0.5
        return sqrt(2 / (factor ** (self.degree - 1) + (self.degree - 1) / 4 * factor ** (self.degree - 2)))

    def build(self, inputs: Shape, outputs: int) -> nn.Module:
        """A module from (N, *inputs) to (N, outputs) whose weights are still to be drawn by `parameterize`."""
        return PolynomialNetwork(self, inputs, outputs)


class PolynomialNetwork(nn.Module):
    """The network itself."""

    def __init__(self, spec: Polynomial, inputs: Shape, outputs: int) -> None:
        super().__init__()
        self.example, self.skip, self.gain = inputs, spec.skip, spec.gain
        length = features(inputs)
        layers = (Linear(length, spec.width, Role.INPUT, gain=sqrt(length)) for _ in range(spec.degree))
        self.factors = nn.ModuleList(layers)
        self.readout = Linear(spec.width, outputs, Role.OUTPUT)

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (N, outputs) of examples (N, *inputs), which are flattened."""
        examples = vectors(inputs, self.example)
        first, *others = (layer(examples).relu() for layer in self.factors)
        product = first
        for factor in others:
            product = factor * product + product if self.skip else factor * product
        outputs: Tensor = self.readout(product)
        return self.gain * outputs
