"""Expectations of activations over pairs of Gaussian variables, in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, pi
from typing import Protocol

import torch
from torch import Tensor

NEARLY_EQUAL = 4 * torch.finfo(torch.float64).eps
"""Gap 1 - cos t below which two variables count as one, so that a kernel is exact on its diagonal: a covariance and a
variance made by other orders of summation differ by up to 2.3 units of rounding (20 layers of every activation, inputs
of up to 3072 numbers). An angle this small, 4e-8, is within what rounding leaves of it."""


class Activation(Protocol):
    """An activation phi that knows its Gaussian expectations."""

    def expectations(self, first: Tensor, second: Tensor, cross: Tensor) -> tuple[Tensor, Tensor]:
        """E[phi(u) phi(v)] and E[phi'(u) phi'(v)] over (u, v) ~ N(0, [[first, cross], [cross, second]]).

        Args:
            first: Variances of u, of a shape that broadcasts with `cross`.
            second: Variances of v, likewise.
            cross: Covariances, float64.

        Returns:
            Two tensors in the shape of `cross`.
        """
        ...


def opening(first: Tensor, second: Tensor, cross: Tensor) -> Tensor:
    """sqrt(first second - cross^2), the sine of the angle between u and v times their lengths; 0 where they are equal.

    The factored form keeps the digits that the difference of squares loses.
    """
    lengths = first.sqrt() * second.sqrt()
    gap = lengths - cross
    gap = torch.where(gap > NEARLY_EQUAL * lengths, gap, 0.0)
    return (gap * (lengths + cross).clamp(min=0)).sqrt()


@dataclass(frozen=True)
class Identity:
    """phi(u) = u."""

    def expectations(self, first: Tensor, second: Tensor, cross: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """The covariance, and one."""
        return cross, torch.ones_like(cross)


@dataclass(frozen=True)
class Kinked:
    """phi(u) = negative u for u < 0, positive u for u > 0: ReLU (0, 1), leaky ReLU (a, 1), the absolute value (-1, 1).

    With t the angle between u and v, r the product of their lengths, and a, b the slopes,
    E[phi phi] = (b - a)^2 / (2 pi) (r sin t + (pi - t) cross) + a b cross and
    E[phi' phi'] = (b - a)^2 (pi - t) / (2 pi) + a b.

    Source: Cho and Saul, Kernel methods for deep learning (2009), for ReLU; the rest by linearity.
    """

    negative: float = 0.0
    positive: float = 1.0

    def __post_init__(self) -> None:
        _check_finite("slope", self.negative)
        _check_finite("slope", self.positive)

    def expectations(self, first: Tensor, second: Tensor, cross: Tensor) -> tuple[Tensor, Tensor]:
        """The closed forms; the angle by atan2, which acos would lose half the digits of."""
        sine = opening(first, second, cross)
        share = 1 - torch.atan2(sine, cross) / pi
        bend, line = (self.positive - self.negative) ** 2 / 2, self.negative * self.positive
        return bend * (sine / pi + share * cross) + line * cross, bend * share + line


@dataclass(frozen=True)
class Erf:
    """phi(u) = erf(scale u).

    With e = 1 / (2 scale^2) and w^2 = (e + first)(e + second) - cross^2, E[phi phi] = 2/pi atan2(cross, w) and
    E[phi' phi'] = 2 / (pi w).

    Source: Williams, Computing with infinite networks (1997), for the first; the second is its derivative.
    """

    scale: float = 1.0

    def __post_init__(self) -> None:
        _check_finite("scale", self.scale)
        if self.scale == 0:
            raise ValueError("the scale of erf is 0, which makes every unit zero; pass another number")

    def expectations(self, first: Tensor, second: Tensor, cross: Tensor) -> tuple[Tensor, Tensor]:
        """The closed forms, without the difference of near squares."""
        e = 1 / (2 * self.scale**2)
        root = (e * (e + first + second) + opening(first, second, cross).square()).sqrt()
        return 2 / pi * torch.atan2(cross, root), 2 / pi / root


@dataclass(frozen=True)
class Gelu:
    """phi(u) = u P(z < u) for standard normal z, the exact GELU.

    With a, b, c the variances and the covariance, w^2 = (1 + a)(1 + b) - c^2, A = 1/4 + atan2(c, w) / (2 pi) and
    D = 1 / (2 pi w), E[phi phi] = c A + D (a b + c^2 (1 - a b) / ((1 + a)(1 + b))) and
    E[phi' phi'] = A + c D (1 / (1 + a) + 1 / (1 + b) + 1 / w^2).

    Source: derived here by Stein's lemma; test_infinite_quadrature.py compares it with quadrature.
    """

    def expectations(self, first: Tensor, second: Tensor, cross: Tensor) -> tuple[Tensor, Tensor]:
        """The closed forms."""
        a, b, square = 1 + first, 1 + second, 1 + first + second + opening(first, second, cross).square()
        both = 0.25 + torch.atan2(cross, square.sqrt()) / (2 * pi)
        density = 1 / (2 * pi * square.sqrt())
        product = first * second
        value = cross * both + density * (product + cross.square() * (1 - product) / (a * b))
        return value, both + cross * density * (1 / a + 1 / b + 1 / square)


@dataclass(frozen=True)
class Sign:
    """phi(u) = sign u, whose expected slopes 2 / (pi r sin t) are infinite on the diagonal.

    The covariance (NNGP) is finite. A tangent kernel is inf for equal inputs, and so on its whole diagonal, and without
    biases also for positive multiples of one another; for opposite ones, where it is minus infinity, rounding leaves a
    large negative number. Nothing is raised. `Surrogate(Sign(), Erf(s))` has a finite one.
    """

    def expectations(self, first: Tensor, second: Tensor, cross: Tensor) -> tuple[Tensor, Tensor]:
        """The arcsine law, and twice the density of (u, v) at 0, twice."""
        sine = opening(first, second, cross)
        return 2 / pi * torch.atan2(cross, sine), 2 / pi / sine


@dataclass(frozen=True)
class Cosine:
    """phi(u) = cos u: exp(-(first + second) / 2) cosh(cross), and sinh(cross) for the slopes."""

    def expectations(self, first: Tensor, second: Tensor, cross: Tensor) -> tuple[Tensor, Tensor]:
        """The even and the odd part."""
        return _even_wave(first, second, cross), _odd_wave(first, second, cross)


@dataclass(frozen=True)
class Sine:
    """phi(u) = sin u: exp(-(first + second) / 2) sinh(cross), and cosh(cross) for the slopes."""

    def expectations(self, first: Tensor, second: Tensor, cross: Tensor) -> tuple[Tensor, Tensor]:
        """The odd and the even part."""
        return _odd_wave(first, second, cross), _even_wave(first, second, cross)


@dataclass(frozen=True)
class Exponential:
    """phi(u) = exp u: exp((first + second) / 2 + cross), both times."""

    def expectations(self, first: Tensor, second: Tensor, cross: Tensor) -> tuple[Tensor, Tensor]:
        """The moment of a log-normal variable."""
        moment = ((first + second) / 2 + cross).exp()
        return moment, moment


def _even_wave(first: Tensor, second: Tensor, cross: Tensor) -> Tensor:
    # One exponent each: cosh would overflow where the product is near one.
    mean = (first + second) / 2
    return ((cross - mean).exp() + (-cross - mean).exp()) / 2


def _odd_wave(first: Tensor, second: Tensor, cross: Tensor) -> Tensor:
    size = cross.abs()
    return cross.sign() * (size - (first + second) / 2).exp() * -torch.expm1(-2 * size) / 2


def _check_finite(name: str, number: float) -> None:
    if not isfinite(number):
        raise ValueError(f"the {name} of an activation is {number}; pass a finite number")
