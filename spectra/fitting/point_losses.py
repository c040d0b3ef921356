"""What one point adds to an objective, as a function of its log residual r = log y - log m, m the fitted curve."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from spectra.fitting.law import Array

# Below this |r| the loss of relative residuals is summed as a series: the closed form loses its digits to cancellation.
SERIES = 1e-2


@dataclass(frozen=True)
class Derivatives:
    """Derivatives of a loss at residuals, each in their shape."""

    slope: Array  # rho'(r)
    curvature: Array  # rho''(r)
    steepness: Array  # positive W such that a step of slope / W in log m does not raise the objective (to first order)


class PointLoss(Protocol):
    """A loss rho(r), of which an objective is sum(weights * rho). Residuals have shape (..., n) and weights (n,).

    A weight w stands for a variance in proportion to 1 / w. Squares need not know it; other losses do.
    """

    rounds: ClassVar[int]  # of reweighting in a search over shapes: more where weights depend on residuals

    def value(self, residuals: Array, weights: Array) -> Array:
        """The loss of every point, (..., n)."""

    def derivatives(self, residuals: Array, weights: Array) -> Derivatives:
        """What a step of a search needs."""

    def mean_curvature(self, residuals: Array, weights: Array) -> Array:
        """Expected second derivative over the noise, per point (n,): what turns slopes into pseudo residuals."""

    def softened(self, residuals: Array, weights: Array) -> "tuple[PointLoss, ...]":
        """Losses from a smooth one to this one, for residuals of this size; only this one when it is smooth."""


@dataclass(frozen=True)
class Deviance:
    """rho = 2 (exp(r) - 1 - r), the deviance of a gamma law; its slope is the relative residual 2 (y - m) / m."""

    rounds: ClassVar[int] = 1

    def value(self, residuals: Array, weights: Array) -> Array:  # noqa: ARG002
        """As in `PointLoss`."""
        value: Array = 2 * (np.expm1(residuals) - residuals)
        small = np.abs(residuals) < SERIES
        r = residuals[small]
        value[small] = np.square(r) * (1 + r / 3 * (1 + r / 4 * (1 + r / 5 * (1 + r / 6))))
        return value

    def derivatives(self, residuals: Array, weights: Array) -> Derivatives:  # noqa: ARG002
        """As in `PointLoss`."""
        slope: Array = 2 * np.expm1(residuals)
        return Derivatives(slope, slope + 2, np.full_like(slope, 2.0))

    def mean_curvature(self, residuals: Array, weights: Array) -> Array:  # noqa: ARG002
        """As in `PointLoss`; exp(r) = y / m is one on average."""
        return np.full_like(residuals, 2.0)

    def softened(self, residuals: Array, weights: Array) -> tuple[PointLoss, ...]:  # noqa: ARG002
        """As in `PointLoss`."""
        return (self,)


@dataclass(frozen=True)
class Squares:
    """rho = r^2."""

    rounds: ClassVar[int] = 1

    def value(self, residuals: Array, weights: Array) -> Array:  # noqa: ARG002
        """As in `PointLoss`."""
        return np.square(residuals)

    def derivatives(self, residuals: Array, weights: Array) -> Derivatives:  # noqa: ARG002
        """As in `PointLoss`."""
        twos = np.full_like(residuals, 2.0)
        return Derivatives(2 * residuals, twos, twos)

    def mean_curvature(self, residuals: Array, weights: Array) -> Array:  # noqa: ARG002
        """As in `PointLoss`."""
        return np.full_like(residuals, 2.0)

    def softened(self, residuals: Array, weights: Array) -> tuple[PointLoss, ...]:  # noqa: ARG002
        """As in `PointLoss`."""
        return (self,)


@dataclass(frozen=True)
class PlainSquares:
    """rho = (1 - exp(-r))^2 = ((y - m) / y)^2: with weights y^2, the square of the residual y - m itself."""

    rounds: ClassVar[int] = 2

    def value(self, residuals: Array, weights: Array) -> Array:  # noqa: ARG002
        """As in `PointLoss`."""
        return np.square(np.expm1(-residuals))

    def derivatives(self, residuals: Array, weights: Array) -> Derivatives:  # noqa: ARG002
        """As in `PointLoss`."""
        ratio = np.exp(-residuals)
        return Derivatives(2 * ratio * -np.expm1(-residuals), 2 * ratio * (2 * ratio - 1), 2 * np.square(ratio))

    def mean_curvature(self, residuals: Array, weights: Array) -> Array:  # noqa: ARG002
        """As in `PointLoss`; the pseudo residual is then (y - m) / m."""
        curvature: Array = 2 * np.exp(-2 * residuals)
        return curvature

    def softened(self, residuals: Array, weights: Array) -> tuple[PointLoss, ...]:  # noqa: ARG002
        """As in `PointLoss`."""
        return (self,)
