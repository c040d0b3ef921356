"""Probabilities of one and of two Gaussian variables: tails, and Owen's function T."""

from __future__ import annotations

from functools import lru_cache
from math import pi, sqrt

import numpy as np
import torch
from torch import Tensor

FARTHEST = 40.0  # standard deviations, beyond which a Gaussian is zero in double precision
POINTS = 24
"""Of the Gauss-Legendre rule for T(h, a), a <= 1, whose error is 1e-16 where h is up to 4, and 1e-14 beyond."""


def owens_t(h: Tensor, a: Tensor) -> Tensor:
    """Owen's T(h, a) = 1 / (2 pi) int_0^a e^(-h^2 (1 + x^2) / 2) / (1 + x^2) dx for h >= 0 and a of one shape."""
    size = a.abs()
    steep = size > 1
    beyond = (h * size).clamp(max=FARTHEST)
    start, end = torch.where(steep, beyond, h), torch.where(steep, 1 / size, size)
    points, weights = _rule()
    total = torch.zeros_like(h)
    for point, weight in zip(points, weights, strict=True):
        spread = 1 + (end * point).square()
        total.add_((-start.square() * spread / 2).exp() / spread, alpha=weight)
    total = total * end / (2 * pi)
    near, far = upper_tail(h), upper_tail(beyond)
    return a.sign() * torch.where(steep, (near + far) / 2 - near * far - total, total)


def upper_tail(x: Tensor) -> Tensor:
    """P(X > x) of a standard normal variable."""
    doubled: Tensor = torch.special.erfc(x / sqrt(2))
    return doubled / 2


def density(x: Tensor) -> Tensor:
    """That of a standard normal variable."""
    return (-x.square() / 2).exp() / sqrt(2 * pi)


@lru_cache(maxsize=1)
def _rule() -> tuple[list[float], list[float]]:
    points, weights = np.polynomial.legendre.leggauss(POINTS)
    return ((1 + points) / 2).tolist(), (weights / 2).tolist()
