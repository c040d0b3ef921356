"""Asymptotic series in even powers, x^-s (c_0 + c_1 x^-2 + ...), and that of a ratio of two gamma functions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Any

import mpmath
import numpy as np

from spectra.asymptotics.laws import Number
from spectra.asymptotics.precision import GUARD, array, elementwise, horner, working_precision


@dataclass(frozen=True)
class EvenSeries:
    """x^-exponent * sum_j coefficients[j] * x^(-2 j).

    Eigenvalues and squared coefficients on a sphere S^{d-1} have this form in x = degree + d/2 - 1, without odd powers.
    """

    exponent: Number
    coefficients: Any  # (terms,)

    def __mul__(self, other: EvenSeries) -> EvenSeries:
        """Product, cut to as many terms as the shorter factor carries."""
        terms = min(len(self.coefficients), len(other.coefficients))
        left, right = self.coefficients[:terms], other.coefficients[:terms]
        product = np.asarray([np.sum(left[: j + 1] * right[j::-1]) for j in range(terms)], dtype=left.dtype)
        return EvenSeries(self.exponent + other.exponent, product)

    def scaled(self, factor: Number) -> EvenSeries:
        """The series times a number."""
        return EvenSeries(self.exponent, self.coefficients * factor)

    def relative_to(self, start: Number) -> EvenSeries:
        """The same function as a series in x / start; its leading coefficient is its leading term at `start`."""
        powers = np.asarray([start ** (-2 * j) for j in range(len(self.coefficients))], dtype=self.coefficients.dtype)
        return EvenSeries(self.exponent, _falling(start, self.exponent, self.coefficients * powers))

    def __call__(self, x: Any) -> Any:
        """Value of the cut series at `x`."""
        return _falling(x, self.exponent, horner(self.coefficients, 1 / (x * x)))


def _falling(x: Any, exponent: Number, value: Any) -> Any:
    """value * x^-exponent, by two square roots: in high dimension the power alone leaves the range of a double."""
    half = x ** (-exponent / 2)
    return value * half * half


def padded(exponent: Number, coefficients: Any, digits: int | None) -> EvenSeries:
    """A finite even polynomial times x^-exponent as a series with the usual number of terms."""
    zeros = [0] * (terms(digits) - len(coefficients))
    return EvenSeries(exponent, array([*coefficients, *zeros][: terms(digits)], digits))


def terms(digits: int | None) -> int:
    """Terms that a series carries: with `settled`, enough for all digits (see `settled`)."""
    return 11 if digits is None else ceil(digits / 2) + 12


def settled(half_gap: float, digits: int | None) -> int:
    """Smallest z at which `gamma_ratio` may use its series.

    Coefficient m of the logarithm is at most 2 |B_{m+1}(1/2 + half_gap)| / m^2, which is about half_gap^(m+1) for
    large gaps and (m / 2 pi e)^m for small ones. At this z the first term left out is below 10^-digits (1e-17 in
    double precision); the tests compare with gamma functions of 60 digits.
    """
    return ceil(max(16 if digits is None else digits + GUARD, 8 * half_gap))


@lru_cache(maxsize=64)
def _log_coefficients(half_gap: Number, digits: int | None) -> Any:
    """Coefficients l_2, l_4, ... of log(gamma_ratio) = -2 half_gap log z + sum l_m z^-m, l_m = 2 B_{m+1} / m(m+1)."""
    with working_precision(digits):
        argument = mpmath.mpf(1) / 2 + mpmath.mpf(half_gap)
        orders = range(2, 2 * terms(digits), 2)
        return array((2 * mpmath.bernpoly(m + 1, argument) / (m * (m + 1)) for m in orders), digits)


def gamma_ratio(z: Any, half_gap: Number, digits: int | None) -> Any:
    """Gamma(z + 1/2 - g) / Gamma(z + 1/2 + g) for an array z and half gap g, without overflow or cancellation.

    Args:
        z: Array (n,), float64 or mpf; z + 1/2 - g must not be a pole, that is 0, -1, -2, ...
        half_gap: g, a multiple of 1/4.
        digits: None for double precision.

    Returns:
        Array (n,) of the precision of `z`.

    Source: Stirling's series of log Gamma(z + h) (DLMF 5.11(i)) at h = 1/2 - g and 1/2 + g, whose Bernoulli polynomials
    agree up to the sign, so that odd powers of 1/z cancel; derived here and compared with gamma functions of sixty
    digits by test_even_series.py. Small z are raised by Gamma(z + 1) = z Gamma(z).
    """
    first = settled(half_gap, digits)
    steps = np.asarray([max(0, ceil(first - value)) for value in z], dtype=int)
    raised, factor = z + steps, 1 + 0 * z
    for step in range(int(steps.max(initial=0))):
        at = steps > step
        factor[at] = factor[at] * ((z[at] + step + 0.5 + half_gap) / (z[at] + step + 0.5 - half_gap))
    squared = 1 / (raised * raised)
    logarithm = squared * horner(_log_coefficients(half_gap, digits), squared)
    return factor * raised ** (-2 * half_gap) * elementwise("exp", logarithm)


def gamma_ratio_series(half_gap: Number, digits: int | None, *, step: int = 1) -> EvenSeries:
    """Series in x of `gamma_ratio` at z = x / step."""
    logs = [0, *_log_coefficients(half_gap, digits)]
    with working_precision(digits):
        coefficients = [mpmath.mpf(1)]
        for n in range(1, terms(digits)):
            inner = (k * mpmath.mpf(logs[k]) * coefficients[n - k] for k in range(1, n + 1))
            coefficients.append(mpmath.fsum(inner) / n)
        scale = mpmath.mpf(step) ** (2 * mpmath.mpf(half_gap))
        return EvenSeries(
            2 * half_gap, array((scale * c * mpmath.mpf(step) ** (2 * j) for j, c in enumerate(coefficients)), digits)
        )
