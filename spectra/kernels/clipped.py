"""Expectations of clipped units, such as hard tanh, over pairs of Gaussian variables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import isfinite, pi, sqrt

import numpy as np
import torch
from torch import Tensor

from spectra.kernels.angular_rule import Pair, angle_between

FARTHEST = 40.0  # standard deviations, beyond which a Gaussian is zero in double precision
POINTS = 24
"""Of the Gauss-Legendre rule for T(h, a), a <= 1, whose error is 1e-16 where h is up to 4, and 1e-14 beyond."""


@dataclass(frozen=True)
class Clipped:
    """phi(u) = u between -bound and bound, and the nearer of them outside: hard tanh for 1.

    With h = bound / s_u and k = bound / s_v, p the density and Q the upper tail of a standard normal variable,
    L(c) = P(X > h, Y > k) at correlation c, w^2 = 1 - c^2, a = (k - c h) / w, b = (h - c k) / w, and
    G(c) = (c + h k) L - k p(h) Q(a) - h p(k) Q(b) + w / (2 pi) e^(-(h^2 + a^2) / 2),
    E[phi phi] = cross (1 - 2 Q(h) - 2 Q(k)) + 2 s_u s_v (G(c) - G(-c)) and
    E[phi' phi'] = 1 - 2 Q(h) - 2 Q(k) + 2 (L(c) + L(-c)). L comes from Owen's function T.

    Attributes:
        bound: Where it is cut off, above 0.

    Source: Owen, Tables for computing bivariate normal probabilities (1956), for L; Rosenbaum, Moments of a truncated
        bivariate normal distribution (1961), for G.
    """

    bound: float = 1.0

    def __post_init__(self) -> None:
        if not isfinite(self.bound) or self.bound <= 0:
            raise ValueError(f"units clipped at {self.bound} were asked for; the bound must be finite and above 0")

    def expectations(self, first: Tensor, second: Tensor, cross: Tensor) -> Pair:
        """The closed forms."""
        t = angle_between(first, second, cross)
        h, k = (((self.bound / part.sqrt()).clamp(max=FARTHEST)).expand_as(t) for part in (first, second))
        (same, together), (other, apart) = _excess(h, k, t), _excess(h, k, pi - t)
        inside = 1 - 2 * _tail(h) - 2 * _tail(k)
        value = cross * inside + 2 * first.sqrt() * second.sqrt() * (same - other)
        return value, inside + 2 * (together + apart)


def _excess(h: Tensor, k: Tensor, t: Tensor) -> Pair:
    """G = E[(X - h)_+ (Y - k)_+] and L = P(X > h, Y > k) of standard normal variables at an angle t."""
    wide = t.clamp(min=1e-300)  # at 0 two equal thresholds make 0 / 0
    sine, half = wide.sin(), (wide / 2).tan()
    # (k - h cos t) / (h sin t), without the difference of two near numbers.
    across, along = (k - h) / (h * sine) + half, (h - k) / (k * sine) + half
    both = (_tail(h) + _tail(k)) / 2 - _owen(h, across) - _owen(k, along)
    edges = k * _density(h) * _tail(h * across) + h * _density(k) * _tail(k * along)
    corner = sine / (2 * pi) * (-h.square() * (1 + across.square()) / 2).exp()
    return (t.cos() + h * k) * both - edges + corner, both


def _owen(h: Tensor, a: Tensor) -> Tensor:
    """Owen's T(h, a) = 1 / (2 pi) int_0^a e^(-h^2 (1 + x^2) / 2) / (1 + x^2) dx for h > 0."""
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
    near, far = _tail(h), _tail(beyond)
    return a.sign() * torch.where(steep, (near + far) / 2 - near * far - total, total)


def _tail(x: Tensor) -> Tensor:
    doubled: Tensor = torch.special.erfc(x / sqrt(2))
    return doubled / 2


def _density(x: Tensor) -> Tensor:
    return (-x.square() / 2).exp() / sqrt(2 * pi)


@lru_cache(maxsize=1)
def _rule() -> tuple[list[float], list[float]]:
    points, weights = np.polynomial.legendre.leggauss(POINTS)
    return ((1 + points) / 2).tolist(), (weights / 2).tolist()
