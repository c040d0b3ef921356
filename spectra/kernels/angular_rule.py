"""Gaussian expectations over two correlated variables, as integrals over the angle of a ray from the origin.

Two such variables are u = r s_u cos(psi) and v = r s_v cos(psi - t), with psi uniform, r of density r e^(-r^2 / 2), and
t the angle between u and v. In a quadrant their slopes along the ray are s_u sin(x) and s_v sin(L - x), up to signs,
for x from 0 to L: L = pi - t where u and v have the same sign, and t where they have not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import cosh, exp, pi, sinh

import torch
from torch import Tensor

from spectra.kernels.duals import opening

STEP, REACH = 0.08, 3.2
"""Of the double exponential rule, 81 points. With variances of 1e-6 to 1e4 and correlations up to 1 - 1e-7, the
expectations of ELU and SELU differ by up to 4e-13, and by 5e-15 for variances up to 25, from those with 181 points."""

Pair = tuple[Tensor, Tensor]


def angle_between(first: Tensor, second: Tensor, cross: Tensor) -> Tensor:
    """The angle t of two variables with these variances and covariance, 0 to pi."""
    return torch.atan2(opening(first, second, cross), cross)


def over_angles(length: Tensor, integrand: Callable[[Tensor, Tensor], Pair]) -> Pair:
    """Integrals of two functions of x and L - x over x from 0 to L, divided by 2 pi."""
    value, slope = torch.zeros_like(length), torch.zeros_like(length)
    for below, above, weight in _rule():
        one, two = integrand(length * below, length * above)
        value.add_(one * length, alpha=weight / (2 * pi))
        slope.add_(two * length, alpha=weight / (2 * pi))
    return value, slope


@lru_cache(maxsize=1)
def _rule() -> list[tuple[float, float, float]]:
    """Points of the interval from 0 to 1, their distances from 1, and weights."""
    count = round(REACH / STEP)
    found = []
    for place in (STEP * k for k in range(-count, count + 1)):
        below, above = (1 / (1 + exp(-sign * pi * sinh(place))) for sign in (1, -1))
        found.append((below, above, STEP * pi * cosh(place) * below * above))
    return found
