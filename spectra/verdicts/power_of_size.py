"""The exponent of a power of size, and what every way to it by inverting a test has in common."""

from collections.abc import Callable
from dataclasses import dataclass
from math import nan

import numpy as np
from scipy.optimize import brentq

from spectra.fitting.intervals import Array, Interval

# Exponents q are searched where size^-q changes by up to exp(REACH) over the sizes; beyond, one size alone counts.
REACH = 20.0


@dataclass(frozen=True)
class PowerOfSize:
    """An exponent q, positive when what is said to go as size^-q falls with size."""

    exponent: float  # nan when it lies at the end of the search
    interval: Interval  # infinite ends where open


def without(slopes: Array, units: Array) -> Array:
    """Unit vectors (G, K) along slopes without their part along unit vectors, both (G, K)."""
    apart = slopes - (slopes * units).sum(axis=1, keepdims=True) * units
    directions: Array = apart / np.linalg.norm(apart, axis=1, keepdims=True)
    return directions


def nearest_exponent(
    values: Array, grid: Array, units: Callable[[Array], Array], directions: Callable[[Array], Array]
) -> float:
    """The exponent whose line is nearest to some values; nan at the ends of the grid.

    Args:
        values: Shape (K,).
        grid: Exponents, ascending, shape (G,).
        units: Unit vectors (G, K) along the model at exponents (G,).
        directions: Unit vectors (G, K) along its derivative by the exponent, without its part along the model.
    """
    best = int(np.abs(units(grid) @ values).argmax())
    if best in (0, grid.size - 1):
        return nan

    def score(exponent: float) -> float:
        return float((directions(np.array([exponent])) @ values)[0])

    low, high = float(grid[best - 1]), float(grid[best + 1])
    return float(brentq(score, low, high)) if score(low) * score(high) < 0 else float(grid[best])
