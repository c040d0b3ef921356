"""What a user gives to a fit: numbers that can be read as such, lists of one length, a level that is one."""

from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

MOST_FITTED = 1_000_000
"""Points of one fit at most. A law of two variables took 3.4 s of one core for 10,000 and 26 s for 100,000."""


def given_numbers(name: str, values: object) -> NDArray[np.float64]:
    """Numbers in any shape.

    Raises:
        ValueError: If they cannot be read as numbers.
    """
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} cannot be read as numbers ({error}); pass a list of numbers") from None


def given_curve(
    x: ArrayLike, y: ArrayLike, weights: ArrayLike | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """One curve: x, y and weights (n,), ones where none are given.

    Raises:
        ValueError: If they cannot be read as numbers, or are not lists of one length.
    """
    xs, ys = given_numbers("x", x), given_numbers("y", y)
    own = np.ones_like(ys) if weights is None else given_numbers("weights", weights)
    if xs.ndim != 1 or not xs.shape == ys.shape == own.shape:
        raise ValueError(f"x, y and weights have shapes {xs.shape}, {ys.shape}, {own.shape}; pass lists of one length")
    return xs, ys, own


def is_number(value: object) -> bool:
    """Whether something can be compared with numbers; text, such as "0.9", cannot."""
    return isinstance(value, Real)


def check_level(level: float) -> None:
    """Refuse what is no confidence.

    Raises:
        ValueError: If it is no number between 0 and 1.
    """
    if not (is_number(level) and 0 < level < 1):
        raise ValueError(f"a confidence level of {level!r} was given; use a number between 0 and 1, for example 0.95")


def check_count(points: int) -> None:
    """Refuse more points than can be fitted in minutes.

    Raises:
        ValueError: If there are more than `MOST_FITTED`.
    """
    if points > MOST_FITTED:
        raise ValueError(
            f"{points} points were given, and at most {MOST_FITTED} are fitted: average a curve in bins first "
            "(log_bins(read_curve(path)); the command does so without --bins 0), and of a table keep every tenth row, "
            "or the last row of each run"
        )
