"""Eigenvalues of any dot-product kernel on the uniform sphere, by quadrature."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from spectra.asymptotics.arguments import Array, numbers, positive, shown, whole
from spectra.asymptotics.harmonics import check_dimension

LARGEST_COUNT = 4000
"""Degrees that are resolved by `LARGEST_NODES` points."""
LARGEST_NODES, PANEL = 2**14, 32
"""Points at most, and points of the rule on each of equal parts of the interval: a single rule of 16,384 takes minutes
to make. On a part of 32 points a smooth function converges at the order 64."""
ROUNDING = 2e-15
"""Of the sum of the absolute terms."""


@dataclass(frozen=True)
class ZonalEigenvalues:
    """Eigenvalues of a dot-product kernel by degree.

    Attributes:
        values: (count,), of the degrees 0, 1, ...; each has the multiplicity of its degree.
        errors: (count,), the change from half as many points plus rounding. A value below its error may be zero.
        nodes: Points of the quadrature.
        converged: Whether every error is at most the tolerance times the largest value.
    """

    values: Array
    errors: Array
    nodes: int
    converged: bool


def zonal_eigenvalues(
    kernel: Callable[[Array], Any], dimension: int, count: int, *, tolerance: float = 1e-12
) -> ZonalEigenvalues:
    """Eigenvalues by degree of (A r)(x) = E_y[K(<x, y>) r(y)], y uniform on S^{d-1}, for any function K.

    By the formula of Funk and Hecke, with P_k the Legendre polynomial of dimension d, P_k(1) = 1,

        lambda_k = Gamma(d/2) / (pi^(1/2) Gamma((d-1)/2)) int_0^pi K(cos t) P_k(cos t) sin(t)^(d-2) dt.

    In the angle t the kernels of wide networks are smooth up to the ends, where in the cosine they have roots. A
    composite Gauss-Legendre rule in t is refined until the tolerance is reached.

    >>> zonal_eigenvalues(lambda u: 1 + 3 * u, 3, 2).values.round(12).tolist()
    [1.0, 1.0]

    Args:
        kernel: K, from cosines (n,) to values (n,), such as `ShallowKernel` or `PolynomialKernel`.
        dimension: d of S^{d-1}; 2 is the circle.
        count: Degrees 0 ... count - 1, at most 4,000.
        tolerance: Error, relative to the largest value, at which points are no longer doubled.

    Raises:
        TypeError: If `kernel` cannot be called or gives no real numbers, or a number is none.
        ValueError: If a number is out of range, or the kernel gives other shapes or numbers that are not finite.

    Source: the formula is that of Funk and Hecke; compared with the closed forms of `sphere_eigenvalues` by
    test_zonal_spectra.py.
    """
    if not callable(kernel):
        raise TypeError(f"kernel is {shown(kernel)}; pass a function of cosines, such as PolynomialKernel(3)")
    check_dimension(dimension)
    whole("count", count, least=1, most=LARGEST_COUNT, advice="; 1 is degree 0 alone")
    positive(tolerance=tolerance)
    nodes = max(64, 1 << (2 * count - 1).bit_length())
    before, _ = _integrals(kernel, dimension, count, nodes // 2)
    while True:
        values, rounding = _integrals(kernel, dimension, count, nodes)
        errors = np.abs(values - before) + rounding
        converged = bool(errors.max() <= tolerance * np.abs(values).max())
        if converged or nodes >= LARGEST_NODES:
            return ZonalEigenvalues(values, errors, nodes, converged)
        before, nodes = values, 2 * nodes


def _integrals(kernel: Callable[[Array], Any], dimension: int, count: int, nodes: int) -> tuple[Array, float]:
    """The integrals by a rule of some points, (count,), and the rounding of each."""
    angles, weights = _rule(nodes)
    cosines = np.cos(angles)
    shares = weights * np.sin(angles) ** (dimension - 2)
    values = numbers("values of the kernel", kernel(cosines))
    if values.shape != cosines.shape or not np.isfinite(values).all():
        raise ValueError(
            f"the kernel gave {int(np.isfinite(values).sum())} finite numbers of shape {values.shape} for {nodes} "
            f"cosines; it must give one for each, in the shape {cosines.shape}"
        )
    weighted = shares / shares.sum() * values
    found = [float(polynomial @ weighted) for polynomial in legendre_polynomials(dimension, count, cosines)]
    return np.asarray(found), ROUNDING * float(np.abs(weighted).sum())


def _rule(nodes: int) -> tuple[Array, Array]:
    """Angles from 0 to pi, in `nodes` / 32 parts, and their weights."""
    points, weights = np.polynomial.legendre.leggauss(PANEL)
    parts = nodes // PANEL
    length = np.pi / parts
    starts = length * np.arange(parts)[:, None]
    return (starts + length / 2 * (points + 1)).ravel(), np.tile(length / 2 * weights, parts)


def legendre_polynomials(dimension: int, count: int, cosines: Array) -> Iterator[Array]:
    """P_k(u) of dimension d for k = 0 ... count - 1, (n,) each, with P_k(1) = 1: on the circle cos(k t)."""
    previous, current = np.zeros_like(cosines), np.ones_like(cosines)
    for k in range(count):
        yield current
        following = cosines if k == 0 else (2 * k + dimension - 2) * cosines * current - k * previous
        previous, current = current, following / (k + dimension - 2 if k else 1)
