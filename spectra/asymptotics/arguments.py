"""What public functions accept: each check says what was given, what is possible and what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from numbers import Integral, Real
from reprlib import Repr
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# A curve on the sphere with 150 digits takes ten seconds without and forty with a normal bias, and the time grows as
# the cube of the digits.
MOST_DIGITS = 200
# A recursion of ten million steps takes a minute on a few modes.
MOST_STEPS = 10**7
LARGEST_DOUBLE = int(np.finfo(np.float64).max)
# Degrees that are computed at once: 80 MB in double precision.
MOST_DEGREES = 10**7
# Representations of which no more is made than is shown, however long the value.
SHORT = Repr()
SHORT.maxlist = SHORT.maxtuple = SHORT.maxdict = 20
SHORT.maxstring = SHORT.maxother = 1000


def instance(name: str, value: Any, kind: type) -> None:
    """Refuse `value` unless it is one of `kind`.

    Raises:
        TypeError: With what was given and what is wanted.
    """
    if not isinstance(value, kind):
        wanted = "True or False" if kind is bool else f"an object of the type {kind.__name__}"
        raise TypeError(f"{name} is {shown(value)}; pass {wanted}")


def real(name: str, value: Any) -> Any:
    """`value`, refused unless it is a number.

    Raises:
        TypeError: For strings, lists, truth values and None.
        ValueError: For a whole number beyond the range of a double.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is {shown(value)}; pass a number; of an array with one element that is float(array)")
    if isinstance(value, Integral) and abs(int(value)) > LARGEST_DOUBLE:
        raise ValueError(f"{name} is a whole number beyond the range of a double; pass mpmath.mpf(number)")
    return value


def positive(**values: Any) -> None:
    """Refuse numbers that are not positive and finite, by their names.

    Raises:
        TypeError: If one is no number.
        ValueError: If one is zero, negative, infinite or undefined.
    """
    for name, value in values.items():
        if not 0 < real(name, value) < inf:
            raise ValueError(f"{name} is {value}; it must be positive and finite")


def whole(name: str, value: Any, *, least: int, most: int | None = None, advice: str = "") -> int:
    """`value` as an int, refused unless it is a whole number in its range.

    Raises:
        TypeError: If it is no whole number.
        ValueError: If it lies out of range.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} is {shown(value)}; pass a whole number from {least} up{advice}")
    number = int(value)
    if number < least:
        raise ValueError(f"{name} is {value}; it is at least {least}{advice}")
    if most is not None and number > most:
        raise ValueError(f"{name} is {shown(value)}; it is at most {most}{advice}")
    return number


def numbers(name: str, values: Any) -> Array:
    """Real numbers in double precision, in any shape.

    Raises:
        TypeError: If they cannot be read as such.
    """
    try:
        found = np.asarray(values)
        if found.dtype.kind != "c":
            return found.astype(np.float64, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"{name} {shown(values)} cannot be read as numbers; pass a list of numbers") from error
    raise TypeError(f"{name} {shown(values)} are complex; pass real numbers")


def finite(name: str, values: Any) -> Array:
    """Finite numbers in double precision, in any shape.

    Raises:
        TypeError: If they cannot be read as numbers.
        ValueError: If one is not finite.
    """
    found = numbers(name, values)
    if not np.isfinite(found).all():
        raise ValueError(f"{name} {shown(values)} are not finite numbers; leave out those that are not")
    return found


def listed(name: str, values: Any, *, least: float = -inf) -> Array:
    """Finite numbers of at least `least` as a list (n,); one number is a list of one.

    Raises:
        TypeError: If they cannot be read as numbers.
        ValueError: If they are no list, or one is out of range.
    """
    found: Array = np.atleast_1d(numbers(name, values))
    if found.ndim != 1:
        raise ValueError(f"{name} have the shape {found.shape}; pass a list of numbers, of shape (n,)")
    if not np.isfinite(found).all() or (found < least).any():
        wanted = "finite numbers" if least == -inf else "finite numbers from zero up"
        raise ValueError(f"{name} {shown(values)} were given; pass a list of {wanted}")
    return found


def modes_of(eigenvalues: Any, squared_coefficients: Any) -> tuple[Array, Array]:
    """Eigenvalues and squared coefficients, both (K,).

    Raises:
        TypeError: If they cannot be read as numbers.
        ValueError: If they are empty or of different lengths, or a squared coefficient is negative.
    """
    values = listed("eigenvalues", eigenvalues)
    weights = listed("squared coefficients", squared_coefficients, least=0.0)
    if values.shape != weights.shape or values.size == 0:
        raise ValueError(
            f"{values.size} eigenvalues and {weights.size} squared coefficients; pass two lists of one length, not "
            "empty"
        )
    return values, weights


def whole_steps(steps: Any) -> Array:
    """Numbers of updates as a list (T,) of whole numbers from zero up.

    Raises:
        TypeError: If they cannot be read as numbers.
        ValueError: If one is negative or no whole number.
    """
    counts = listed("steps", steps, least=0.0)
    if (counts != np.floor(counts)).any():
        raise ValueError(f"steps {shown(steps)} were given; pass a list of whole numbers from zero up")
    return counts


def last_step(counts: Array) -> int:
    """The last of some numbers of updates, where every update has to be made.

    Raises:
        ValueError: If it would take hours.
    """
    return whole("the last step", int(counts.max(initial=0)), least=0, most=MOST_STEPS, advice="; later take the law")


def place(name: str, function: Callable[[Any], Any], x: Any) -> Any:
    """A density or a symbol at x, refused unless it is a number from zero up.

    Raises:
        TypeError: If `function` cannot be called or gives no number.
        ValueError: If it gives a negative, infinite or undefined number.
    """
    if not callable(function):
        raise TypeError(f"{name} is {shown(function)}; pass a function of one number")
    value = real(f"{name} at {x}", function(x))
    if not 0 <= value < inf:
        raise ValueError(f"{name} is {value} at {x}; it must be finite and at least 0 everywhere")
    return value


def pair(name: str, value: Any) -> tuple[Any, Any]:
    """The two entries of `value`.

    Raises:
        TypeError: If it is no pair.
    """
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise TypeError(f"{name} is {shown(value)}; pass a pair of numbers")
    return value[0], value[1]


def shown(value: Any) -> str:
    """`value` in a few characters."""
    text = " ".join(SHORT.repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
