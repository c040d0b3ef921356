"""Expectations of units that are trained with the derivative of another function in place of their own."""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign, pi, sqrt

from torch import Tensor

from spectra.kernels.duals import Activation, Erf, Identity, Sign, opening


@dataclass(frozen=True)
class Surrogate:
    """phi in the forward pass, and psi' in place of phi' where examples move the weights.

    The tangent kernel of a network of such units has the true derivative at the input that is predicted, its row, and
    the surrogate at the input that trains, its column: I(x, x') = J(x) J~(x')', which is not symmetric. Its recursion
    has E[phi'(u) psi'(v)] for the expected slopes. With a, b the variances of u and v and c their covariance, and with
    e = 1 / (2 m^2) for phi = erf(m u), 0 for the sign, and f = 1 / (2 s^2) for psi = erf(s u),

        E[phi'(u) psi'(v)] = 2 / (pi sqrt((e + a)(f + b) - c^2)),

    and (2 / pi)^(1/2) / (e + a)^(1/2) for psi(u) = u, the straight-through estimator. It is finite for the sign, also
    for an input with itself.

    Attributes:
        activation: phi, `Erf(m)`, or `Sign()`, its limit of large m.
        surrogate: psi, `Erf(s)` or `Identity()`.

    Source: Eilers, Memmesheimer and Goedeke, A generalized neural tangent kernel for surrogate gradient learning (2024,
    arXiv 2405.15539).
    """

    activation: Erf | Sign
    surrogate: Erf | Identity

    def __post_init__(self) -> None:
        if not isinstance(self.activation, (Erf, Sign)) or not isinstance(self.surrogate, (Erf, Identity)):
            raise TypeError(
                f"the activation {self.activation!r} with the surrogate {self.surrogate!r} has no closed form here; "
                "use Erf(m) or Sign() for the one and Erf(s) or Identity() for the other"
            )

    def expectations(self, first: Tensor, second: Tensor, cross: Tensor) -> tuple[Tensor, Tensor]:
        """E[phi(u) phi(v)] and E[phi'(u) psi'(v)]: u, of variance `first`, is predicted, and v trains.

        Raises:
            ValueError: If phi is the sign and u has the variance zero.
        """
        if isinstance(self.activation, Sign) and not bool((first > 0).all()):
            raise ValueError(
                "an input makes all units of a layer zero, where the sign has no slope; leave inputs of length zero "
                "out, or use biases: bias_var above zero"
            )
        covariance, _ = self.activation.expectations(first, second, cross)
        e, direction = _softness(self.activation)
        if isinstance(self.surrogate, Identity):
            return covariance, direction * (sqrt(2 / pi) / (e + first).sqrt()).expand_as(cross)
        f, turned = _softness(self.surrogate)
        # (e + a)(f + b) - c^2 without the difference of near squares.
        square = e * f + e * second + f * first + opening(first, second, cross).square()
        return covariance, direction * turned * 2 / pi / square.sqrt()


def is_symmetric(activation: Activation) -> bool:
    """Whether the tangent kernel of a network of these units is symmetric."""
    return not isinstance(activation, Surrogate)


def _softness(unit: Erf | Sign) -> tuple[float, float]:
    """1 / (2 scale^2), and the sign of the scale."""
    return (0.0, 1.0) if isinstance(unit, Sign) else (1 / (2 * unit.scale**2), copysign(1.0, unit.scale))
