"""Kernels of wide polynomial networks on the unit sphere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from spectra.asymptotics.arguments import instance, whole
from spectra.asymptotics.sphere_kernels import cosines, half_space_covariance

LARGEST_DEGREE = 500
"""At the degree 800 the kernel leaves the range of a double."""


@dataclass(frozen=True)
class PolynomialKernel:
    """Infinite-width tangent kernel of f = sqrt(2 / n) c.y_N on unit vectors, as a function of u = <x, y>.

    y_1 = relu(W_1 x) and y_l = relu(W_l x) * y_{l-1}, plus y_{l-1} with skips; all weights are standard normal and
    trained. With G_q of `half_space_covariance`,

        K(u) = 2 [(G_1 + u G_0) s^(N-1) + (N - 1) G_1 u G_0 s^(N-2)],

    s = G_1, or 1 + (2 / pi)^(1/2) + G_1 with skips.

    `spectra.kernels.polynomial_kernel` is the same for inputs of any length.

    Source: derived here for the networks of Wu et al. 2022 (arXiv 2209.07736), and compared with wide random ones by
    test_polynomial.py.
    """

    degree: int  # N, the number of factors
    skip: bool = True

    def __post_init__(self) -> None:
        """Refuse what is no such network."""
        whole("degree", self.degree, least=1, most=LARGEST_DEGREE, advice="; 1 is a network of one hidden layer")
        instance("skip", self.skip, bool)

    def __call__(self, cosine: Any) -> Any:
        """Kernel at u = <x, y>, in the shape of `cosine`, float64 or mpf.

        Raises:
            TypeError: If cosines cannot be read as numbers.
            ValueError: If a cosine lies outside [-1, 1] by more than the rounding of an inner product.
        """
        exact, u = isinstance(cosine, mpmath.mpf), cosines(cosine)
        value, slope = half_space_covariance(1, u), u * half_space_covariance(0, u)
        # E[(1 + g_+)(1 + h_+)], where a rectified Gaussian has the mean (2 pi)^(-1/2).
        means = mpmath.sqrt(2 / mpmath.pi) if exact else np.sqrt(2 / np.pi)
        factor = 1 + means + value if self.skip else value
        ours, others = (value + slope) * factor ** (self.degree - 1), 0 * u
        if self.degree > 1:
            others = (self.degree - 1) * value * slope * factor ** (self.degree - 2)
        return 2 * (ours + others)

    def trace(self) -> float:
        """Kernel at u = 1, the sum of all eigenvalues."""
        return float(self(1.0))
