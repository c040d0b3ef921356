"""The inner problem of a power-law fit, solved for many exponents at once.

With the exponent held, amplitude and floor enter linearly, and least squares with two unknowns that may not be negative
has a closed form. What is left is a search over one number, which a dense grid makes exhaustive.

Source: Golub and Pereyra 1973 (variable projection); Lawson and Hanson 1974, chapter 23 (non-negative least squares).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Array = NDArray[np.float64]

# Share of its squared length below which a column is a copy of another: the rounding error of a double, squared, with
# room.
SAME_COLUMN = 1e-28
# Numbers in one temporary array: long curves are worked off in pieces of the grid that stay in a processor's cache.
PIECE = 100_000


@dataclass(frozen=True)
class WeightedCurve:
    """Points of a curve and the positive weight that each residual is divided by."""

    log_x: Array  # (n,), ascending
    log_y: Array  # (n,)
    log_weight: Array  # (n,)
    floor: bool  # whether a floor is fitted; otherwise it is held at zero

    @property
    def parameters(self) -> int:
        """Number of fitted parameters."""
        return 3 if self.floor else 2


@dataclass(frozen=True)
class Projection:
    """Best coefficients for G held exponents: y / weight = amplitude * power + floor * constant + residual.

    Both columns are scaled to a largest entry of one, so that no exponent overflows; logarithms of the scales are kept.
    """

    exponents: Array  # (G,)
    power: Array  # (G, n)
    constant: Array  # (n,)
    target: Array  # (n,)
    log_power_scale: Array  # (G,): amplitude in units of the data = amplitude * exp(log_power_scale)
    log_constant_scale: float
    amplitude: Array  # (G,), not negative
    floor: Array  # (G,), not negative
    residuals: Array  # (G, n)
    objective: Array  # (G,), sum of squared residuals


def project(curve: WeightedCurve, exponents: Array) -> Projection:
    """Minimise sum(((y - floor - amplitude * x^-exponent) / weight)^2) over amplitude, floor >= 0 at each exponent."""
    logs = -np.multiply.outer(exponents, curve.log_x) - curve.log_weight
    top = logs.max(axis=1)
    power = np.exp(logs - top[:, None])
    log_constant_scale = float(curve.log_weight.min())
    constant = np.exp(log_constant_scale - curve.log_weight)
    target = np.exp(curve.log_y - curve.log_weight)
    amplitude, floor = _coefficients(power, constant, target, fit_floor=curve.floor)
    residuals = target - amplitude[:, None] * power - floor[:, None] * constant
    objective = np.square(residuals).sum(axis=1)
    return Projection(
        exponents, power, constant, target, -top, log_constant_scale, amplitude, floor, residuals, objective
    )


def _coefficients(power: Array, constant: Array, target: Array, *, fit_floor: bool) -> tuple[Array, Array]:
    """Non-negative amplitudes and floors (G,). Columns and target are positive, so at most one constraint binds."""
    lengths = np.square(power).sum(axis=1)
    alone = power @ target / lengths
    if not fit_floor:
        return alone, np.zeros_like(alone)
    mean = float(constant @ target / (constant @ constant))
    # What the constant cannot make of the power column is formed before squaring, or digits are lost near exponent 0.
    shared = power @ constant / (constant @ constant)
    own = power - shared[:, None] * constant
    own_lengths = np.square(own).sum(axis=1)
    distinct = own_lengths > SAME_COLUMN * lengths
    amplitude = np.where(distinct, own @ target / np.where(distinct, own_lengths, 1.0), alone)
    floor = np.where(distinct, mean - amplitude * shared, 0.0)
    constant_alone, power_alone = amplitude < 0, floor < 0
    amplitude = np.where(constant_alone, 0.0, np.where(power_alone, alone, amplitude))
    floor = np.where(constant_alone, mean, np.where(power_alone, 0.0, floor))
    return amplitude, floor


def by_pieces(evaluate: Callable[[Array], Array], exponents: Array, points: int) -> Array:
    """`evaluate` over exponents (G,), in pieces small enough for memory when the curve has many points."""
    pieces = max(1, -(-exponents.size * points // PIECE))
    return np.concatenate([evaluate(piece) for piece in np.array_split(exponents, pieces)])


def objectives(curve: WeightedCurve, exponents: Array) -> Array:
    """Profile of the objective over the exponent, shape (G,)."""
    return by_pieces(lambda piece: project(curve, piece).objective, exponents, curve.log_x.size)


def objective_slope(curve: WeightedCurve, exponent: float) -> float:
    """Derivative of the profile by the exponent: the coefficients are optimal, so only the power column moves."""
    at = project(curve, np.array([exponent]))
    return float(2 * at.amplitude[0] * (at.residuals[0] * curve.log_x) @ at.power[0])


def polished_exponent(curve: WeightedCurve, low: float, high: float) -> float | None:
    """Root of the profile's slope between two exponents, to the last digits; None if the ends do not bracket one.

    The slope keeps its digits at the minimum, where differences of the objective have lost half of theirs.
    """
    if not objective_slope(curve, low) < 0 < objective_slope(curve, high):
        return None
    # Relative to the bracket too, because a root may be zero; more rounds, because the slope has a kink where the floor
    # or the amplitude begins to be zero.
    tolerance = 1e-16 * (high - low)
    root = brentq(lambda at: objective_slope(curve, at), low, high, xtol=tolerance, rtol=1e-15, maxiter=1000)
    return float(root)
