"""Expectations of ELU and SELU over pairs of Gaussian variables."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, pi, sqrt

import torch
from torch import Tensor

from spectra.kernels.angular_rule import Pair, angle_between, over_angles
from spectra.kernels.duals import Kinked

HALF = sqrt(pi / 2)


@dataclass(frozen=True)
class Elu:
    """phi(u) = scale u for u > 0, scale alpha (e^u - 1) for u < 0: ELU, and SELU.

    Along a ray from the origin all moments are known, int r e^(-r^2/2 - c r) dr = 1 - c m(c) and
    int r^2 e^(-r^2/2 - c r) dr = (1 + c^2) m(c) - c with m(c) = sqrt(pi / 2) erfcx(c / sqrt(2)), and the angle of the
    ray is integrated by quadrature. Expectations have an absolute error of 1e-14 scale^2 (1 + alpha^2).

    Attributes:
        alpha: Minus the limit at -infinity, over the scale.
        scale: Of all.
    """

    alpha: float = 1.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not (isfinite(self.alpha) and isfinite(self.scale)):
            raise ValueError(f"alpha is {self.alpha} and scale {self.scale}; both must be finite")

    def expectations(self, first: Tensor, second: Tensor, cross: Tensor) -> Pair:
        """The sums over the quadrants, of which that of two positive variables is that of ReLU."""
        ours, theirs = first.sqrt(), second.sqrt()
        t = angle_between(first, second, cross)

        def opposite(x: Tensor, y: Tensor) -> Pair:
            a, b = ours * x.sin(), theirs * y.sin()
            left, right = _moments(a), _moments(b)
            return a * (right[1] - HALF) + b * (left[1] - HALF), left[0] + right[0]

        def negative(x: Tensor, y: Tensor) -> Pair:
            a, b = ours * x.sin(), theirs * y.sin()
            both = _moments(a + b)[0]
            return both - _moments(a)[0] - _moments(b)[0] + 1, both

        parts = zip(
            Kinked().expectations(first, second, cross),
            over_angles(t, opposite),
            over_angles(pi - t, negative),
            strict=True,
        )
        value, slope = (
            self.scale**2 * (plus + self.alpha * mixed + self.alpha**2 * minus) for plus, mixed, minus in parts
        )
        return value, slope


def _moments(c: Tensor) -> Pair:
    """Integrals over r of r e^(-r^2/2 - c r) and of r^2 e^(-r^2/2 - c r)."""
    mills = HALF * torch.special.erfcx(c / sqrt(2))
    return 1 - c * mills, (1 + c.square()) * mills - c
