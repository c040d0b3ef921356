"""Double precision or as many digits as asked: the few operations that differ between the two.

Formulas are written once, on numpy arrays: float64 where `digits` is None, objects of mpmath.mpf otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from typing import Any

import mpmath
import numpy as np

from spectra.asymptotics.arguments import MOST_DIGITS, whole
from spectra.asymptotics.laws import Number

# Digits carried beyond those asked. Sums of some thousand terms lose four; the series here lose no more than five.
GUARD = 15
# Constants of the double precision path come from mpmath at this precision and are then rounded once.
CONSTANT_DIGITS = 40


@contextmanager
def working_precision(digits: int | None) -> Iterator[None]:
    """Compute with `digits` and a guard; the precision of mpmath is put back on leaving.

    Raises:
        TypeError: If `digits` is no whole number.
        ValueError: If `digits` is below 1 or above 200.
    """
    if digits is not None:
        whole("digits", digits, least=1, most=MOST_DIGITS, advice=", or None for double precision")
    with mpmath.workdps(CONSTANT_DIGITS if digits is None else digits + GUARD):
        yield


def constant(value: Any, digits: int | None) -> Number:
    """`value`, computed under `working_precision`, as a float or as an mpf."""
    return float(value) if digits is None else mpmath.mpf(value)


def array(values: Any, digits: int | None) -> Any:
    """`values` (n,) as float64 or as an object array of mpf."""
    if digits is None:
        return np.asarray([float(value) for value in values])
    return np.asarray([mpmath.mpf(value) for value in values], dtype=object)


def positions(count: int, shift: Any, digits: int | None) -> Any:
    """The numbers shift, shift + 1, ... (count,)."""
    if digits is None:
        return np.arange(count) + float(shift)
    return array((mpmath.mpf(k) + shift for k in range(count)), digits)


def elementwise(name: str, values: Any) -> Any:
    """The function "exp", "sin" or "cos" of a number or an array in its own precision."""
    exact = getattr(mpmath, name)
    if isinstance(values, np.ndarray) and values.dtype == object:
        return np.asarray([exact(value) for value in values], dtype=object)
    return exact(values) if isinstance(values, mpmath.mpf) else getattr(np, name)(values)


def total(values: Any) -> Number:
    """Sum of an array (n,), pairwise in double precision, exact before one rounding with mpf."""
    return mpmath.fsum(values) if values.dtype == object else float(np.sum(values))


def horner(coefficients: Any, variable: Any) -> Any:
    """sum_j coefficients[j] * variable^j, in the shape of `variable`."""
    return reduce(lambda value, coefficient: value * variable + coefficient, coefficients[::-1], 0 * variable)
