"""Losses that a few points far off hardly move: Student's t, and losses whose slope is cut off."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import norm

from spectra.fitting.law import Array
from spectra.fitting.point_losses import Derivatives, PointLoss

# Rounds of the scale of Student's t: it shrinks its error at least by half in each.
SCALE_ROUNDS = 60
SMALLEST_SCALE = 1e-14
# Between stages of softening the bend narrows by this factor.
NARROWING = 0.25


@dataclass(frozen=True)
class Student:
    """rho = log s^2 + (degrees + 1) log(1 + r^2 / (degrees s^2)), twice minus a log likelihood; s minimises the sum."""

    degrees: float
    rounds: ClassVar[int] = 8

    def value(self, residuals: Array, weights: Array) -> Array:
        """As in `PointLoss`."""
        variance = self.variance(residuals, weights)
        value: Array = np.log1p(np.square(residuals) / (self.degrees * variance))
        return np.log(variance) + (self.degrees + 1) * value

    def derivatives(self, residuals: Array, weights: Array) -> Derivatives:
        """As in `PointLoss`, at a scale that is held: its change matters to second order only."""
        core, squares = self.degrees * self.variance(residuals, weights), np.square(residuals)
        steepness = 2 * (self.degrees + 1) / (core + squares)
        return Derivatives(steepness * residuals, steepness * (core - squares) / (core + squares), steepness)

    def mean_curvature(self, residuals: Array, weights: Array) -> Array:
        """As in `PointLoss`."""
        found = self.derivatives(residuals, weights)
        mean = np.average(found.curvature, weights=weights)
        return np.full_like(residuals, max(float(mean), 1e-3 * float(found.steepness.max())))

    def softened(self, residuals: Array) -> tuple[PointLoss, ...]:  # noqa: ARG002
        """As in `PointLoss`."""
        return (self,)

    def variance(self, residuals: Array, weights: Array) -> Array:
        """The squared scale s^2 (..., 1) of residuals (..., n)."""
        squares, total = np.square(residuals), weights.sum()
        variance: Array = np.maximum((weights * squares).sum(axis=-1, keepdims=True) / total, SMALLEST_SCALE**2)
        for _ in range(SCALE_ROUNDS):
            shares = weights * (self.degrees + 1) / (self.degrees + squares / variance)
            following = np.maximum((shares * squares).sum(axis=-1, keepdims=True) / total, SMALLEST_SCALE**2)
            change = np.abs(following / variance - 1).max()
            variance = following
            if change < 1e-15:
                break
        return variance


@dataclass(frozen=True)
class Bent:
    """A loss with slope rho' = r * side^2 / bend, cut off at `up` above and at -`down` below; side is the one of r.

    rho = side^2 r^2 / (2 bend) near zero and side |r| - bend / 2 beyond, plus an offset.
    """

    bend: float
    up: float
    down: float
    offset: float = 0.0
    rounds: ClassVar[int] = 8

    def value(self, residuals: Array, weights: Array) -> Array:  # noqa: ARG002
        """As in `PointLoss`."""
        # The slope s satisfies rho = s r - s^2 bend / (2 side^2) on both pieces.
        slope = self._slope(residuals)
        return slope * residuals - np.square(slope / self._side(residuals)) * self.bend / 2 + self.offset

    def derivatives(self, residuals: Array, weights: Array) -> Derivatives:  # noqa: ARG002
        """As in `PointLoss`."""
        slope, side = self._slope(residuals), self._side(residuals)
        steep = np.square(side) / self.bend
        inner = np.abs(slope) < side
        return Derivatives(slope, np.where(inner, steep, 0.0), side / np.maximum(np.abs(residuals), self.bend / side))

    def _slope(self, residuals: Array) -> Array:
        return np.clip(residuals * np.square(self._side(residuals)) / self.bend, -self.down, self.up)

    def _side(self, residuals: Array) -> Array:
        return np.where(residuals > 0, self.up, self.down)

    def mean_curvature(self, residuals: Array, weights: Array) -> Array:
        """Change of the mean slope when all residuals shift by a bandwidth, which is the density where the loss bends.

        Source: Hall and Sheather 1988, Journal of the Royal Statistical Society B 50, 381, for the bandwidth.
        """
        # Where slopes balance, `down` times the share below equals `up` times the share above.
        balance = self.up / (self.up + self.down)
        place = float(norm.ppf(balance))
        share = 1.5 * norm.pdf(place) ** 2 / (2 * place**2 + 1)
        reach = float((norm.ppf(0.975) ** 2 * share / residuals.size) ** (1 / 3))
        ends = np.clip([balance - reach, balance + reach], 0.5 / residuals.size, 1 - 0.5 / residuals.size)
        half = max(float(np.ptp(np.quantile(residuals, ends))) / 2, self.bend / min(self.up, self.down))
        change = np.average(self._slope(residuals + half) - self._slope(residuals - half), weights=weights)
        return np.full_like(residuals, max(float(change) / (2 * half), 1e-300))

    def softened(self, residuals: Array) -> tuple[PointLoss, ...]:
        """As in `PointLoss`."""
        bend, found = self.bend, [self]
        while bend < self.up * float(np.abs(residuals).max()):
            bend /= NARROWING
            found.append(Bent(bend, self.up, self.down))
        return tuple(reversed(found))
