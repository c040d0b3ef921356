"""Eigenvalues of shallow-network kernels on the uniform sphere: closed forms, their series, and their power law."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from spectra.asymptotics.arguments import instance
from spectra.asymptotics.even_series import EvenSeries, padded
from spectra.asymptotics.gap_powers import gap_eigenvalue_series, gap_eigenvalues
from spectra.asymptotics.harmonics import (
    check_count,
    check_range,
    half_space_coefficients,
    moment,
    squared_half_space_series,
)
from spectra.asymptotics.laws import EigenvalueLaw
from spectra.asymptotics.precision import constant, positions, working_precision
from spectra.asymptotics.sphere_kernels import ShallowKernel


def sphere_eigenvalues(kernel: ShallowKernel, count: int, *, digits: int | None = None) -> Any:
    """Eigenvalues by degree of the kernel's integral operator under the uniform probability measure on S^{d-1}.

    (A r)(x) = E_y[kernel(<x, y>) r(y)] acts on every harmonic of degree k as lambda_k, which therefore has
    multiplicity `multiplicities(d, count)[k]`; sum_k multiplicity * lambda_k = kernel.trace().
    With b_k of `half_space_coefficients` and m_q of `moment`,

        G_q(u): m_q b_k^2;    u G(u): ((k + d - 2) lambda_{k+1} + k lambda_{k-1}) / (2k + d - 2);

    a normal bias is summed as a convergent series of powers of 1 - u (`gap_eigenvalues`).

    Args:
        kernel: The kernel, which knows its dimension d.
        count: Degrees 0 ... count - 1.
        digits: None for double precision, to a relative error below 1e-14; else the number of digits wanted. An
            eigenvalue below 1e-308 is zero in double precision.

    Returns:
        Array (count,), float64, or mpf objects that hold more than `digits` digits: print them with mpmath.nstr.

    Raises:
        TypeError: If `kernel` is no kernel, or `count` or `digits` no whole number.
        ValueError: If `count` is below 1, or dimension and power leave the range of a double.

    Source: derived here by the formula of Funk and Hecke and the recurrence of the Legendre polynomials, and compared
    with quadrature of thirty digits by test_sphere_spectra.py. Earlier work on the same kernels, in other constants:
    Bach, Breaking the curse of dimensionality with convex neural networks (2017); Bietti and Mairal, On the inductive
    bias of neural tangent kernels (2019, arXiv 1905.12173).
    """
    instance("kernel", kernel, ShallowKernel)
    check_count(count)
    check_range(kernel.dimension, kernel.power, digits)
    with working_precision(digits):
        found = gap_eigenvalues(kernel, count, digits) if kernel.bias == "normal" else _closed(kernel, count, digits)
        found[:1] = found[:1] + int(kernel.output_bias)
        return found


def _closed(kernel: ShallowKernel, count: int, digits: int | None) -> Any:
    d, q = kernel.dimension, kernel.power
    found = 0 * positions(count, 0, digits)
    if kernel.trains_output:
        found = found + moment(d, q, digits) * half_space_coefficients(d, q, count, digits) ** 2
    if kernel.trains_hidden:
        slopes = moment(d, q - 1, digits) * half_space_coefficients(d, q - 1, count + 1, digits) ** 2
        lower = np.concatenate([0 * slopes[:1], slopes[: count - 1]])
        k = positions(count, 0, digits)
        spread = 2 * k + d - 2
        spread[spread == 0] = 1  # degree 0 on the circle, where u * 1 is the harmonic of degree 1
        up = (k + d - 2) / spread
        up[:1] = 1 + 0 * up[:1]
        found = found + q**2 * (up * slopes[1:] + k / spread * lower)
        if kernel.bias == "zero":
            found = found + q**2 * slopes[:-1]
    return kernel.scale * found


def eigenvalue_series(kernel: ShallowKernel, digits: int | None = None) -> tuple[EvenSeries | None, EvenSeries | None]:
    """Asymptotic series of the eigenvalues of even and of odd degree in x = degree + d/2 - 1; None where they vanish.

    Without normal bias, with s_q the series of b_k^2 for k - q odd: lambda_k = s_q(x) (m_q [output] + m_{q-1} (x^2 +
    (d/2 + q - 1)(q + 1 - d/2)) [hidden]) for k - q odd, and q^2 m_{q-1} s_{q-1}(x) [zero bias] for k - q even.

    Source: `half_space_coefficients` put into u G(u); derived here and compared with the eigenvalues.
    """
    d, q = kernel.dimension, kernel.power
    with working_precision(digits):
        if kernel.bias == "normal":
            both = gap_eigenvalue_series(kernel, digits)
            return both, both
        half = mpmath.mpf(d) / 2
        output = moment(d, q, digits) if kernel.trains_output else 0
        factor = padded(0, [output], digits)
        if kernel.trains_hidden:
            hidden = moment(d, q - 1, digits)
            factor = padded(-2, [hidden, output + hidden * (half + q - 1) * (q + 1 - half)], digits)
        main = (squared_half_space_series(d, q, digits) * factor).scaled(kernel.scale)
        other = None
        if kernel.trains_hidden and kernel.bias == "zero":
            slopes = squared_half_space_series(d, q - 1, digits)
            other = slopes.scaled(kernel.scale * q**2 * moment(d, q - 1, digits))
        return (main, other) if q % 2 else (other, main)


def sphere_eigenvalue_law(kernel: ShallowKernel, *, digits: int | None = None) -> EigenvalueLaw:
    """lambda_n ~ Lambda n^-nu with every eigenvalue counted as often as it occurs.

    nu = 1 + alpha / n on a sphere of n = d - 1 dimensions, alpha = kernel.singularity. Where degrees of one parity
    have lambda_k ~ a k^-(n + alpha), the number of eigenvalues above lambda adds (1 / n!) (a / lambda)^(n/(n+alpha)):
    Lambda = (sum over parities of a^(1/nu) / n!)^nu.

    Args:
        kernel: Kernel of inputs on the unit sphere of d dimensions.
        digits: None for double precision.

    Raises:
        TypeError: If `kernel` is no kernel.
        ValueError: If dimension and power leave the range of a double.
    """
    instance("kernel", kernel, ShallowKernel)
    check_range(kernel.dimension, kernel.power, digits)
    with working_precision(digits):
        n = kernel.dimension - 1
        nu = 1 + mpmath.mpf(kernel.singularity) / n
        leading = [mpmath.mpf(series.coefficients[0]) for series in eigenvalue_series(kernel, digits) if series]
        scale = mpmath.fsum(a ** (1 / nu) / mpmath.factorial(n) for a in leading) ** nu
        return EigenvalueLaw(exponent=constant(nu, digits), scale=constant(scale, digits))
