"""Expectations of clipped units, such as hard tanh, over pairs of Gaussian variables."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, pi

from torch import Tensor

from spectra.kernels.angular_rule import Pair, angle_between
from spectra.kernels.owens_t import FARTHEST, density, owens_t, upper_tail


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
        inside = 1 - 2 * upper_tail(h) - 2 * upper_tail(k)
        value = cross * inside + 2 * first.sqrt() * second.sqrt() * (same - other)
        return value, inside + 2 * (together + apart)


def _excess(h: Tensor, k: Tensor, t: Tensor) -> Pair:
    """G = E[(X - h)_+ (Y - k)_+] and L = P(X > h, Y > k) of standard normal variables at an angle t."""
    wide = t.clamp(min=1e-300)  # at 0 two equal thresholds make 0 / 0
    sine, half = wide.sin(), (wide / 2).tan()
    # (k - h cos t) / (h sin t), without the difference of two near numbers.
    across, along = (k - h) / (h * sine) + half, (h - k) / (k * sine) + half
    both = (upper_tail(h) + upper_tail(k)) / 2 - owens_t(h, across) - owens_t(k, along)
    edges = k * density(h) * upper_tail(h * across) + h * density(k) * upper_tail(k * along)
    corner = sine / (2 * pi) * (-h.square() * (1 + across.square()) / 2).exp()
    return (t.cos() + h * k) * both - edges + corner, both
