"""Spherical harmonics on S^{d-1} by degree: how many there are, and the coefficients of a half-space power."""

from __future__ import annotations

from math import factorial
from typing import Any

import mpmath
import numpy as np

from spectra.asymptotics.arguments import MOST_DEGREES, whole
from spectra.asymptotics.even_series import EvenSeries, gamma_ratio, gamma_ratio_series, padded
from spectra.asymptotics.laws import Number
from spectra.asymptotics.precision import constant, positions, working_precision

# With digits: three eigenvalues on the largest sphere take a second, and so do those of the largest power.
LARGEST_DIMENSION, LARGEST_POWER = 10_000, 200
# d + 2q up to which double precision is tested to keep its promise; from 120 on, factors leave the range of a double.
LARGEST_DOUBLE = 116


def check_dimension(dimension: Any) -> None:
    """Refuse what is no dimension d of a sphere S^{d-1}.

    Raises:
        TypeError: If it is no whole number.
        ValueError: If it is below 2 or above 10,000.
    """
    whole("dimension", dimension, least=2, most=LARGEST_DIMENSION, advice=", where d = 2 of S^(d-1) is the circle")


def check_power(power: Any, *, least: int = 0) -> None:
    """Refuse what is no power q of an activation max(0, .)^q.

    Raises:
        TypeError: If it is no whole number.
        ValueError: If it is below `least` or above 200.
    """
    whole("power", power, least=least, most=LARGEST_POWER, advice="; 0 is a step or the hemisphere, 1 is ReLU")


def check_range(dimension: int, power: int, digits: int | None) -> None:
    """Refuse what leaves the range of a double.

    Raises:
        ValueError: If digits are needed.
    """
    if digits is None and dimension + 2 * power > LARGEST_DOUBLE:
        raise ValueError(
            f"dimension {dimension} with power {power} leaves the range of a double: dimension + 2 power is at most "
            f"{LARGEST_DOUBLE}; pass digits=20"
        )


def check_count(count: Any) -> None:
    """Refuse what is no number of degrees.

    Raises:
        TypeError: If it is no whole number.
        ValueError: If it is below 1 or above ten million.
    """
    whole("count", count, least=1, most=MOST_DEGREES, advice="; 1 is degree 0 alone")


def shift(dimension: int) -> float:
    """d/2 - 1: with x = degree + d/2 - 1 every asymptotic series on the sphere is even."""
    return dimension / 2 - 1


def multiplicities(dimension: int, count: int, digits: int | None = None) -> Any:
    """Number of independent harmonics of degree 0 ... count - 1 on S^{d-1}, array (count,).

    N(d, k) = (2k + d - 2) / (d - 2)! * (k + 1) ... (k + d - 3);  for d = 2 it is 1, 2, 2, ...

    Raises:
        TypeError: If an argument is no whole number.
        ValueError: If one is out of range, or the dimension needs digits.
    """
    check_dimension(dimension)
    check_count(count)
    check_range(dimension, 0, digits)
    with working_precision(digits):
        return _multiplicities(dimension, positions(count, 0, digits))


def _multiplicities(dimension: int, degrees: Any) -> Any:
    if dimension == 2:
        found = 2 + 0 * degrees
        found[:1] = found[:1] / 2
        return found
    found = (2 * degrees + dimension - 2) / factorial(dimension - 2)
    for i in range(1, dimension - 2):
        found = found * (degrees + i)
    return found


def multiplicity_series(dimension: int, digits: int | None) -> EvenSeries:
    """`multiplicities` from degree 1 as a finite series in x = degree + d/2 - 1."""
    if dimension == 2:
        return padded(0, [2], digits)
    roots = [i - dimension / 2 + 1 for i in range(1, dimension - 2)]  # symmetric about zero
    with working_precision(digits):
        leading = 2 / mpmath.factorial(dimension - 2)
        polynomial = np.asarray([leading], dtype=object)  # in x^-2, the highest power of x first
        for root in roots[: len(roots) // 2]:
            polynomial = np.append(polynomial, 0) - np.append(0, polynomial * mpmath.mpf(root) ** 2)
        return padded(2 - dimension, list(polynomial), digits)


def half_space_coefficients(dimension: int, power: int, count: int, digits: int | None = None) -> Any:
    """Funk-Hecke coefficients b_k of t_+^q, t = <x, e>, under the uniform probability measure on S^{d-1}.

    b_k = E[t_+^q P_k(t)] with P_k the Legendre polynomial of dimension d, P_k(1) = 1:

        b_k = q! Gamma(d/2) 2^(-q-1) / (Gamma((q - k)/2 + 1) Gamma((q + k + d)/2)),

    so that b_k = 0 for k - q = 2, 4, ... The function 1(t > 0) is q = 0.

    Args:
        dimension: d.
        power: q, at least 0.
        count: Degrees 0 ... count - 1.
        digits: None for double precision, to a relative error below 1e-14.

    Returns:
        Array (count,).

    Raises:
        TypeError: If an argument is no whole number.
        ValueError: If one is out of range, or dimension and power need digits.

    Source: Rodrigues' formula and q-fold integration by parts; the tests compare with quadrature.
    """
    check_dimension(dimension)
    check_power(power)
    check_count(count)
    check_range(dimension, power, digits)
    with working_precision(digits):
        found = positions(count, 0, digits) * 0
        half = mpmath.mpf(dimension) / 2
        front = mpmath.factorial(power) * mpmath.gamma(half) / mpmath.mpf(2) ** (power + 1)
        for k in range(min(count, power + 1)):
            low = mpmath.rgamma(mpmath.mpf(power - k) / 2 + 1) * mpmath.rgamma(mpmath.mpf(power + k) / 2 + half)
            found[k] = constant(front * low, digits)
        degrees = np.arange(power + 1, count, 2)
        if degrees.size:
            z = (positions(count, shift(dimension), digits) / 2)[power + 1 :: 2]
            signs = np.where((degrees - power) % 4 == 1, 1, -1)
            ratios = gamma_ratio(z, _half_gap(dimension, power), digits)
            found[power + 1 :: 2] = constant(front / mpmath.pi, digits) * ratios * signs
        return found


def squared_half_space_series(dimension: int, power: int, digits: int | None) -> EvenSeries:
    """b_k^2 of `half_space_coefficients` for k - q = 1, 3, 5, ... as a series in x = degree + d/2 - 1."""
    ratio = gamma_ratio_series(_half_gap(dimension, power), digits, step=2)
    with working_precision(digits):
        half = mpmath.mpf(dimension) / 2
        front = mpmath.factorial(power) * mpmath.gamma(half) / mpmath.mpf(2) ** (power + 1) / mpmath.pi
        return (ratio * ratio).scaled(constant(front**2, digits))


def _half_gap(dimension: int, power: int) -> float:
    """g with b_k proportional to Gamma(z + 1/2 - g) / Gamma(z + 1/2 + g) at z = (k + d/2 - 1) / 2."""
    return (dimension / 2 + power) / 2


def moment(dimension: int, power: int, digits: int | None) -> Number:
    """E|w|^(2q) over w ~ N(0, I_d): 2^q Gamma(d/2 + q) / Gamma(d/2).

    The kernel E[<w, x>_+^q <w, y>_+^q] on the sphere has the eigenvalues moment * b_k^2 of `half_space_coefficients`.
    """
    with working_precision(digits):
        half = mpmath.mpf(dimension) / 2
        return constant(mpmath.mpf(2) ** power * mpmath.rf(half, power), digits)
