"""Eigenvalues and energies on the sphere by quadrature over the polar angle, independent of every closed form."""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.special import gamma


def legendre(dimension: int, degree: int, cosine: Any) -> Any:
    """The Legendre polynomial of the dimension, 1 at cosine 1, by its recurrence."""
    previous, current = 0 * cosine, 1 + 0 * cosine
    for k in range(degree):
        raised = (2 * k + dimension - 2) * cosine * current - k * previous if k else (dimension - 2 or 1) * cosine
        previous, current = current, raised / (k + dimension - 2 or 1)
    return current


def coefficient(function: Callable[[Any], Any], dimension: int, degree: int, nodes: int = 400) -> float:
    """E[function(u) P_k(u)] over u = <x, e>, x uniform on S^{d-1}, in double precision; smooth in the angle."""
    at, weights = leggauss(nodes)
    angle = np.pi / 2 * (at + 1)
    cosine = np.cos(angle)
    values = function(cosine) * legendre(dimension, degree, cosine) * np.sin(angle) ** (dimension - 2)
    front = gamma(dimension / 2) / (np.sqrt(np.pi) * gamma((dimension - 1) / 2))
    return float(front * np.pi / 2 * np.sum(weights * values))


def exact_coefficient(function: Callable[[Any], Any], dimension: int, degree: int) -> Any:
    """The same at the working precision of mpmath."""
    half = mpmath.mpf(1) / 2

    def integrand(angle: Any) -> Any:
        cosine = mpmath.cos(angle)
        return function(cosine) * legendre(dimension, degree, cosine) * mpmath.sin(angle) ** (dimension - 2)

    front = mpmath.gamma(half * dimension) / (mpmath.sqrt(mpmath.pi) * mpmath.gamma(half * (dimension - 1)))
    return front * mpmath.quad(integrand, mpmath.linspace(0, mpmath.pi, 5))
