"""Sums of series in inverse powers over an arithmetic progression, by Hurwitz zeta functions."""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import Any

import mpmath
import numpy as np

from spectra.asymptotics.even_series import EvenSeries
from spectra.asymptotics.laws import Number


def relative_zeta(exponent: Number, start: Number) -> Number:
    """sum_{i >= 0} (1 + i / start)^-exponent = start^exponent zeta(exponent, start), for exponent > 1.

    In this form nothing over- or underflows, however large the exponent. Euler-Maclaurin, after as many single terms
    as make its own terms fall by a factor of ten at least. Not mpmath.zeta, which stops at an absolute error: with 40
    digits its zeta(40, 151) is right to 4e-11 only (test_even_series.py).

    Args:
        exponent: Above 1.
        start: Positive; an mpf for all digits of the working precision, a float for a relative error below 1e-14.
    """
    exact = isinstance(start, mpmath.mpf)
    single = max(0, ceil(2 * exponent + (mpmath.mp.dps if exact else 16) - start))
    if exact:
        found, raised = mpmath.fsum((1 + i / start) ** -exponent for i in range(single)), start + single
    else:
        found, raised = float(np.sum((1 + np.arange(single) / start) ** -float(exponent))), start + single
    rest, rising, j = raised / (exponent - 1) + 0.5, exponent / raised, 0
    added = rest
    while abs(added) > negligible(rest):
        j += 1
        added = _bernoulli(j, exact) * rising
        rest += added
        rising *= (exponent + 2 * j - 1) * (exponent + 2 * j) / raised**2
    return found + (raised / start) ** -exponent * rest


@lru_cache(maxsize=512)
def _bernoulli_at(j: int, precision: int) -> Any:
    """B_{2j} / (2j)! at a precision in bits."""
    with mpmath.workprec(precision):
        return mpmath.bernoulli(2 * j) / mpmath.factorial(2 * j)


def _bernoulli(j: int, exact: bool) -> Number:
    return _bernoulli_at(j, mpmath.mp.prec) if exact else float(_bernoulli_at(j, 80))


def progression_sum(series: EvenSeries, start: Number, step: int) -> tuple[Number, Number]:
    """sum_{i >= 0} series(1 + i step / start), and the size of the last term used, which bounds what was left out.

    The series is one in x / start; it is cut earlier where its terms no longer change the sum.
    """
    found, term = 0 * start, 0 * start
    for j, coefficient in enumerate(series.coefficients):
        term = coefficient * relative_zeta(series.exponent + 2 * j, start / step)
        found += term
        if j and abs(term) < negligible(found):
            break
    return found, abs(term)


def negligible(value: Number) -> Any:
    """What no longer changes `value` at its precision."""
    return abs(value) * (mpmath.eps if isinstance(value, mpmath.mpf) else 1e-19)
