"""Evenly spread points on the circle, the sphere and the three-dimensional sphere."""

from __future__ import annotations

import math

import torch
from torch import Tensor

GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
FIRST_TURN, SECOND_TURN = math.sqrt(2), 1.533751168755204288118041


def sphere_points(count: int, dimension: int) -> Tensor:
    """Points on the unit sphere of 2, 3 or 4 coordinates that cover equal shares of it.

    Equal angles on the circle; a Fibonacci lattice on the sphere, with the golden angle between neighbours at equal
    steps of the height; a double spiral on the three-dimensional sphere.

    Args:
        count: Number of points n.
        dimension: Number of coordinates.

    Returns:
        Unit vectors of shape (n, dimension). A plane x_1 = 0 holds none of them on the circle when 4 divides n.

    Source: Alexa 2022, Super-Fibonacci Spirals: Fast, Low-Discrepancy Sampling of SO(3), for dimension 4 and its two
    constants (marcalexa.github.io/superfibonacci).
    """
    numbers = torch.arange(count, dtype=torch.float64)
    shares = (numbers + 0.5) / count
    if dimension == 2:
        return _circle(2 * math.pi * shares)
    if dimension == 3:
        height = 1 - 2 * shares
        around = (1 - height.square()).sqrt()[:, None] * _circle(GOLDEN_ANGLE * numbers)
        return torch.cat([around, height[:, None]], 1)
    first, second = (2 * math.pi * (numbers + 0.5) / turn for turn in (FIRST_TURN, SECOND_TURN))
    return torch.cat([shares.sqrt()[:, None] * _circle(first), (1 - shares).sqrt()[:, None] * _circle(second)], 1)


def _circle(angles: Tensor) -> Tensor:
    return torch.stack([angles.cos(), angles.sin()], 1)
