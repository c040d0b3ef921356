"""Kernels of wide shallow networks with power activations on the unit sphere."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial, pi
from typing import Any

import mpmath
import numpy as np

from spectra.asymptotics.arguments import instance, numbers, shown
from spectra.asymptotics.harmonics import check_dimension, check_power

LAYERS, BIASES, VARIANCES = ("both", "hidden", "output"), ("none", "zero", "normal"), ("he", "standard")
# How far inner products of unit vectors may lie outside [-1, 1]: rounding in single precision, some hundred inputs.
ROUNDING = 1e-5


@dataclass(frozen=True)
class ShallowKernel:
    """Infinite-width kernel of f(x) = sum_i a_i phi(<w_i, x> + b_i), phi = max(0, .)^power, for x on S^{d-1}.

    With G_q(v) = E[g_+^q h_+^q] over standard normal g, h of correlation v, s = 2^q ("he") or 1 ("standard"):

        bias      output layer      hidden layer
        none      s G_q(u)          s q^2 u G_{q-1}(u)
        zero      s G_q(u)          s q^2 (u + 1) G_{q-1}(u)
        normal    s 2^q G_q(v)      s 2^q q^2 v G_{q-1}(v),    v = (1 + u) / 2

    "both" is their sum, the tangent kernel; "output" is also the covariance of the network at initialization (NNGP).
    A "zero" bias starts at zero and is trained with the hidden layer; without it, odd degrees above the power are
    never learnt (even ones for even powers). A "normal" bias is drawn from N(0, 1) and trained with the hidden layer.
    He variance means hidden weights of variance 2 in tangent-kernel parameterization; for ReLU it doubles the kernel.

    Sources: Cho and Saul, Kernel methods for deep learning (2009), whose arc-cosine kernels G_q are up to a factor;
    Jacot, Gabriel and Hongler, Neural tangent kernel (2018, arXiv 1806.07572). The table is derived here and compared
    with wide random networks by test_sphere_kernels.py.
    """

    dimension: int  # d of S^{d-1}; 2 is the circle
    power: int = 1  # q; 1 is ReLU, 0 the step (output layer only)
    layers: str = "both"  # which are trained: "both", "hidden", "output"
    bias: str = "none"  # "none", "zero", "normal"
    variance: str = "he"  # "he", "standard"
    output_bias: bool = False  # adds 1 to the kernel: one more learnt constant

    def __post_init__(self) -> None:
        """Refuse what is no such network."""
        check_dimension(self.dimension)
        for name, possible in (("layers", LAYERS), ("bias", BIASES), ("variance", VARIANCES)):
            if getattr(self, name) not in possible:
                raise ValueError(
                    f"{name} {shown(getattr(self, name))} is not possible; use one of {', '.join(possible)}"
                )
        instance("output_bias", self.output_bias, bool)
        # The slope of a step is zero: its hidden layer learns nothing.
        check_power(self.power, least=1 if self.trains_hidden else 0)

    @property
    def trains_output(self) -> bool:
        """Whether the output layer adds its part."""
        return self.layers != "hidden"

    @property
    def trains_hidden(self) -> bool:
        """Whether the hidden layer adds its part."""
        return self.layers != "output"

    @property
    def scale(self) -> int:
        """Factor in front of G_q and q^2 u G_{q-1} in the table."""
        return (2**self.power if self.variance == "he" else 1) * (2**self.power if self.bias == "normal" else 1)

    @property
    def singularity(self) -> int:
        """alpha of the term |x - y|^alpha at the diagonal: 2q - 1 if the hidden layer is trained, else 2q + 1."""
        return 2 * self.power + (-1 if self.trains_hidden else 1)

    def strength(self) -> float:
        """c in kernel = smooth + c * angle^alpha near the diagonal, the angle between x and y in radians.

        It is -2/pi for ReLU, He variance and a zero bias. Without bias the antipode carries a second singularity.

        Source: the leading half-integer power of (1 - v)/2 in G_q, -(-1)^q 2^q q!^2 / (pi (3/2)_q) at q + 1/2; derived
        in `gap_powers` and compared with the kernels by test_sphere_kernels.py.
        """
        q = self.power - 1 if self.trains_hidden else self.power
        inner = self.power**2 * (2 if self.bias == "zero" else 1) if self.trains_hidden else 1
        gap = 1 / 8 if self.bias == "normal" else 1 / 4  # (1 - v)/2 over the squared angle
        leading = -((-1) ** q) * 2**q * factorial(q) ** 2 / (pi * float(mpmath.rf(1.5, q)))
        return float(self.scale * inner * leading * gap ** (q + 0.5))

    def __call__(self, cosine: Any) -> Any:
        """Kernel at u = <x, y>, in the shape of `cosine`, float64 or mpf.

        Raises:
            TypeError: If cosines cannot be read as numbers.
            ValueError: If a cosine lies outside [-1, 1] by more than the rounding of an inner product.
        """
        u = cosines(cosine)
        v = (1 + u) / 2 if self.bias == "normal" else u
        found = v * 0 + self.output_bias
        if self.trains_output:
            found = found + self.scale * half_space_covariance(self.power, v)
        if self.trains_hidden:
            slope = v + 1 if self.bias == "zero" else v
            found = found + self.scale * self.power**2 * slope * half_space_covariance(self.power - 1, v)
        return found

    def trace(self) -> float:
        """Kernel at u = 1, the sum of all eigenvalues: with ReLU and He variance 2, with a zero bias 3."""
        return float(self(1.0))


def cosines(given: Any) -> Any:
    """Inner products of unit vectors, in [-1, 1] up to rounding, as float64 in their shape or as an mpf.

    Raises:
        TypeError: If they cannot be read as numbers.
        ValueError: If one lies outside [-1, 1] by more than the rounding of an inner product.
    """
    exact = isinstance(given, mpmath.mpf)
    u = given if exact else numbers("cosines", given)[()]
    if not np.all(abs(u) <= 1 + ROUNDING):
        raise ValueError(f"cosines must lie in [-1, 1], not {shown(given)}; divide inner products by the lengths")
    return max(-1, min(1, u)) if exact else np.clip(u, -1, 1)


def half_space_covariance(power: int, correlation: Any) -> Any:
    """G_q(v) = E[g_+^q h_+^q] over standard normal g, h of correlation v, in the shape of `correlation`.

    2 pi G_q = J_q(t), v = cos t: J_0 = pi - t, J_1 = sin t + (pi - t) cos t, and
    J_q = (2q - 1) cos t J_{q-1} + (q - 1)^2 sin^2 t J_{q-2}.  G_q(1) = (2q - 1)!! / 2.

    Source: Cho and Saul, Kernel methods for deep learning (2009), for the family; the recurrence follows from Stein's
    lemma, and test_sphere_kernels.py compares it with quadrature.
    """
    exact = isinstance(correlation, mpmath.mpf)
    library: Any = mpmath if exact else np
    v = correlation
    # Not acos(v), which loses half the digits near v = 1.
    t = 2 * (mpmath.asin if exact else np.arcsin)(library.sqrt((1 - v) / 2))
    sine = library.sqrt((1 - v) * (1 + v))
    previous, current = library.pi - t, sine + (library.pi - t) * v
    if power == 0:
        return previous / (2 * library.pi)
    for q in range(2, power + 1):
        previous, current = current, (2 * q - 1) * v * current + (q - 1) ** 2 * sine**2 * previous
    return current / (2 * library.pi)
