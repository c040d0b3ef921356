"""Kernels of networks with normal hidden bias as powers of the gap 1 - u, and the eigenvalues of those powers."""

from __future__ import annotations

from math import ceil
from typing import Any

import mpmath
import numpy as np

from spectra.asymptotics.even_series import EvenSeries, gamma_ratio, gamma_ratio_series, settled, terms
from spectra.asymptotics.harmonics import shift
from spectra.asymptotics.precision import GUARD, array, constant, positions
from spectra.asymptotics.sphere_kernels import ShallowKernel

# With v = (1 + u) / 2 and y = (1 - v) / 2 = (1 - u) / 4, G_q(v) is a polynomial in y plus a power series times
# y^(q + 1/2) whose coefficients fall slowly; y <= 1/2 on the sphere, so every term halves and the series converges.
GAP = 4


def gap_eigenvalues(kernel: ShallowKernel, count: int, digits: int | None) -> Any:
    """Eigenvalues (count,) by degree of a kernel with normal bias; output bias left out, under `working_precision`.

    lambda_k[(1 - u)^beta] = Gamma(d/2) 2^(beta + d - 2) Gamma(beta + (d - 1)/2) / sqrt(pi)
                             * (-beta)_k / Gamma(beta + k + d - 1),
    with (-beta)_k the rising factorial, summed over the powers beta of the kernel; far out by its
    asymptotic series, which is cheaper.

    Source: Rodrigues' formula; derived here and compared with quadrature by test_sphere_spectra.py.
    """
    d, lowest = kernel.dimension, _lowest_power(kernel)
    far = 2 * settled(d / 2 + lowest, digits)
    if count > far:
        x = positions(count, shift(d), digits)[far:]
        return np.concatenate([gap_eigenvalues(kernel, far, digits), gap_eigenvalue_series(kernel, digits)(x)])
    weights = _singular_weights(kernel, 70 if digits is None else ceil(3.4 * (digits + GUARD)) + 15)
    k = positions(count, 0, digits)
    # In two halves, the large weight between them: in high dimension their product leaves the range of a double.
    half_gap = (d / 2 + lowest - 0.5) / 2
    near, far_half = (gamma_ratio(k + shift(d) + sign * half_gap, half_gap, digits) for sign in (-1, 1))
    powers = constant(weights[0] * mpmath.rgamma(-lowest), digits) * near * far_half
    found = 0 * k
    for j, weight in enumerate(weights):
        beta = lowest + j
        found = found + constant(weight / weights[0], digits) * powers
        # (-beta)_k / Gamma(beta + k + d - 1) at the next power.
        powers = powers * ((beta + 1) / ((beta + 1 - k) * (beta + k + d - 1)))
    return found + array(_polynomial_eigenvalues(kernel, count), digits)


def gap_eigenvalue_series(kernel: ShallowKernel, digits: int | None) -> EvenSeries:
    """Asymptotic series of `gap_eigenvalues` in x = degree + d/2 - 1, the same for even and odd degrees."""
    d, lowest = kernel.dimension, _lowest_power(kernel)
    found = array([0] * terms(digits), digits)
    for j, weight in enumerate(_singular_weights(kernel, terms(digits))):
        one = gamma_ratio_series(d / 2 + lowest + j - 0.5, digits)
        factor = constant(weight * mpmath.rgamma(-(lowest + j)), digits)
        found[j:] = found[j:] + factor * one.coefficients[: len(found) - j]
    return EvenSeries(int(d + 2 * lowest - 1), found)


def _lowest_power(kernel: ShallowKernel) -> float:
    """Power of 1 - u in the leading singular term, alpha / 2."""
    return kernel.singularity / 2


def _sphere_weight(kernel: ShallowKernel, beta: Any) -> Any:
    """GAP^-beta and the factors of lambda_k[(1 - u)^beta] that do not depend on the degree."""
    half, beta = mpmath.mpf(kernel.dimension) / 2, mpmath.mpf(beta)
    front = mpmath.gamma(half) * mpmath.gamma(beta + half - mpmath.mpf(1) / 2) / mpmath.sqrt(mpmath.pi)
    return kernel.scale * front * mpmath.mpf(2) ** (beta + 2 * half - 2) / mpmath.mpf(GAP) ** beta


def _singular_weights(kernel: ShallowKernel, count: int) -> list[Any]:
    """Coefficients of the powers (1 - u)^(alpha/2 + j), j < count, times `_sphere_weight`."""
    q = kernel.power
    found = [mpmath.mpf(0)] * count
    if kernel.trains_output:
        first = 1 if kernel.trains_hidden else 0
        for n, coefficient in enumerate(_singular_covariance(q, count - first)):
            found[n + first] += coefficient
    if kernel.trains_hidden:
        slopes = _singular_covariance(q - 1, count)
        for n in range(count):  # times v = 1 - 2y
            found[n] += q**2 * (slopes[n] - (2 * slopes[n - 1] if n else 0))
    return [value * _sphere_weight(kernel, _lowest_power(kernel) + j) for j, value in enumerate(found)]


def _singular_covariance(power: int, count: int) -> list[Any]:
    """Coefficients of y^(q + 1/2 + n), n < count, in G_q(v), v = 1 - 2y.

    They are those of -(-1)^q 2^q q!^2 / (pi (3/2)_q) y^(q + 1/2) 2F1(1/2, 1/2; q + 3/2; y).

    Source: J_q = (-1)^q sin^(2q+1)(t) (d / sin(t) dt)^q [(pi - t) / sin t] with t / sin t = 2F1(1, 1; 3/2; sin^2(t/2))
    and Euler's transformation; derived here and compared with the closed form by test_sphere_kernels.py.
    """
    half, q = mpmath.mpf(1) / 2, power
    front = -((-1) ** q) * 2**q * mpmath.factorial(q) ** 2 / (mpmath.pi * mpmath.rf(3 * half, q))
    found = [front]
    for n in range(count - 1):
        found.append(found[-1] * (half + n) ** 2 / ((q + 3 * half + n) * (n + 1)))
    return found


def _polynomial_eigenvalues(kernel: ShallowKernel, count: int) -> list[Any]:
    """What the polynomial part of the kernel adds to each degree; nothing above degree q."""
    q = kernel.power
    y_to_v = np.asarray([mpmath.mpf(1), mpmath.mpf(-2)], dtype=object)  # v = 1 - 2y
    polynomial = np.asarray([mpmath.mpf(0)] * (q + 1), dtype=object)
    if kernel.trains_output:
        polynomial = polynomial + _regular_covariance(q)
    if kernel.trains_hidden:
        polynomial = polynomial + q**2 * np.convolve(y_to_v, _regular_covariance(q - 1))
    found = [mpmath.mpf(0)] * count
    for m, coefficient in enumerate(polynomial):
        for k in range(min(m + 1, count)):
            degree = mpmath.rf(-m, k) * mpmath.rgamma(m + k + kernel.dimension - 1)
            found[k] += coefficient * _sphere_weight(kernel, m) * degree
    return found


def _regular_covariance(power: int) -> Any:
    """Coefficients in y, (power + 1,), of the polynomial part of G_q(v): half of what multiplies pi in J_q."""
    one, v = np.asarray([mpmath.mpf(1)], dtype=object), np.asarray([mpmath.mpf(1), mpmath.mpf(-2)], dtype=object)
    squared_sine = np.asarray([mpmath.mpf(0), mpmath.mpf(4), mpmath.mpf(-4)], dtype=object)  # 1 - v^2 = 4y - 4y^2
    previous, current = one, v
    for q in range(2, power + 1):
        raised = (2 * q - 1) * np.convolve(v, current) + (q - 1) ** 2 * np.convolve(squared_sine, previous)
        previous, current = current, raised
    return (previous if power == 0 else current) / 2
