"""Losses that a few points far off hardly move: Student's t, and losses whose slope is cut off.

A weight w says that the variance of a point is 1 / w, up to a factor. These losses are not squares, so a weight must
act on the residual before the loss does: with z = r sqrt(w / mean w), an objective is mean(w) * sum(loss(z)). That is
how "residual" is meant below. As objectives are sum(w * rho), rho(r) = loss(z) mean(w) / w; equal weights leave z = r.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import norm

from spectra.fitting.law import Array
from spectra.fitting.point_losses import Derivatives, PointLoss

# Rounds of the scale of Student's t: it shrinks its error at least by half in each.
SCALE_ROUNDS = 60
SMALLEST_SCALE = 1e-14
# The curve passes through points with smaller residuals than this.
EXACT = 1e-9
# Between stages of softening the bend narrows by this factor.
NARROWING = 0.25


@dataclass(frozen=True)
class Student:
    """loss = log s^2 + (degrees + 1) log(1 + z^2 / (degrees s^2)), twice minus a log likelihood; s is the best one."""

    degrees: float
    rounds: ClassVar[int] = 8

    def value(self, residuals: Array, weights: Array) -> Array:
        """As in `PointLoss`."""
        roots = _roots(weights)
        squares = np.square(residuals * roots)
        variance = self.variance(squares)
        value: Array = np.log(variance) + (self.degrees + 1) * np.log1p(squares / (self.degrees * variance))
        return value / np.square(roots)

    def derivatives(self, residuals: Array, weights: Array) -> Derivatives:
        """As in `PointLoss`, at a scale that is held: its change matters to second order only."""
        squares = np.square(residuals * _roots(weights))
        core = self.degrees * self.variance(squares)
        steepness = 2 * (self.degrees + 1) / (core + squares)
        return Derivatives(steepness * residuals, steepness * (core - squares) / (core + squares), steepness)

    def mean_curvature(self, residuals: Array, weights: Array) -> Array:
        """As in `PointLoss`."""
        found = self.derivatives(residuals, weights)
        return np.full_like(residuals, max(float(found.curvature.mean()), 1e-3 * float(found.steepness.max())))

    def softened(self, residuals: Array, weights: Array) -> tuple[PointLoss, ...]:  # noqa: ARG002
        """As in `PointLoss`."""
        return (self,)

    def variance(self, squares: Array) -> Array:
        """The squared scale s^2 (..., 1) of squared residuals z^2 (..., n)."""
        variance: Array = np.maximum(squares.mean(axis=-1, keepdims=True), SMALLEST_SCALE**2)
        for _ in range(SCALE_ROUNDS):
            shares = (self.degrees + 1) / (self.degrees + squares / variance)
            following = np.maximum((shares * squares).mean(axis=-1, keepdims=True), SMALLEST_SCALE**2)
            change = np.abs(following / variance - 1).max()
            variance = following
            if change < 1e-15:
                break
        return variance


@dataclass(frozen=True)
class Bent:
    """A loss with slope z * side^2 / bend, cut off at `up` above and at -`down` below; side is the one of z.

    loss = side^2 z^2 / (2 bend) near zero and side |z| - bend / 2 beyond, plus an offset.
    """

    bend: float
    up: float
    down: float
    offset: float = 0.0
    rounds: ClassVar[int] = 8

    def value(self, residuals: Array, weights: Array) -> Array:
        """As in `PointLoss`."""
        roots = _roots(weights)
        scaled = residuals * roots
        # The slope s satisfies loss = s z - s^2 bend / (2 side^2) on both pieces.
        slope = self._slope(scaled)
        value: Array = slope * scaled - np.square(slope / self._side(scaled)) * self.bend / 2 + self.offset
        return value / np.square(roots)

    def derivatives(self, residuals: Array, weights: Array) -> Derivatives:
        """As in `PointLoss`."""
        roots = _roots(weights)
        scaled = residuals * roots
        slope, side = self._slope(scaled), self._side(scaled)
        curvature = np.where(np.abs(slope) < side, np.square(side) / self.bend, 0.0)
        return Derivatives(slope / roots, curvature, side / np.maximum(np.abs(scaled), self.bend / side))

    def _slope(self, scaled: Array) -> Array:
        return np.clip(scaled * np.square(self._side(scaled)) / self.bend, -self.down, self.up)

    def _side(self, scaled: Array) -> Array:
        return np.where(scaled > 0, self.up, self.down)

    def mean_curvature(self, residuals: Array, weights: Array) -> Array:
        """Change of the mean slope between two quantiles around the curve: the density where the loss bends.

        The quantiles lie a bandwidth below and above in rank and not in distance, because far from the median the
        density is steep. Points that the curve passes through say nothing about the density: the fit put them there.

        Source: Hall and Sheather 1988, Journal of the Royal Statistical Society B 50, 381, for the bandwidth.
        """
        scaled = residuals * _roots(weights)
        apart = scaled[np.abs(scaled) > EXACT]
        # Where the curve passes through most points there is no noise to speak of.
        noise = apart if 2 * apart.size > scaled.size else scaled
        # Where slopes balance, `down` times the share below equals `up` times the share above.
        balance = self.up / (self.up + self.down)
        place = float(norm.ppf(balance))
        share = 1.5 * norm.pdf(place) ** 2 / (2 * place**2 + 1)
        reach = float((norm.ppf(0.975) ** 2 * share / noise.size) ** (1 / 3))
        ranks = np.clip([balance - reach, balance + reach], 0.5 / noise.size, 1 - 0.5 / noise.size)
        low, high = np.quantile(noise, ranks)
        widening = max(2 * self.bend / min(self.up, self.down) - float(high - low), 0.0) / 2
        low, high = float(low) - widening, float(high) + widening
        change = float((self._slope(noise - low) - self._slope(noise - high)).mean())
        return np.full_like(scaled, max(change / (high - low), 1e-300))

    def softened(self, residuals: Array, weights: Array) -> tuple[PointLoss, ...]:
        """As in `PointLoss`."""
        bend, found = self.bend, [self]
        while bend < self.up * float(np.abs(residuals * _roots(weights)).max()):
            bend /= NARROWING
            found.append(Bent(bend, self.up, self.down))
        return tuple(reversed(found))


def _roots(weights: Array) -> Array:
    """What turns log residuals into the z of the losses, (n,): root weights of mean square one."""
    roots: Array = np.sqrt(weights / weights.mean())
    return roots
