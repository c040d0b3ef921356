"""Which examples train and which test."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectra.data.fixed_order import fixed_order


def chosen(asked: int | None, available: int, *, setting: str, what: str) -> NDArray[np.int64]:
    """The first examples of the fixed shuffle: those of a smaller number are among those of a larger one.

    Args:
        asked: How many; None for all.
        available: How many there are.
        setting: Name of the setting that asks, for messages.
        what: What the examples are, for messages.

    Returns:
        Positions of shape (asked,).

    Raises:
        ValueError: If more are asked than there are, or there are none.
    """
    count = available if asked is None else asked
    require_enough(count, available, setting=setting, what=what)
    return fixed_order(available, 0, count)


def require_enough(asked: int | None, available: int, *, setting: str, what: str) -> None:
    """Refuse a number of examples that there are not; see `chosen`."""
    if available == 0:
        raise ValueError(f"there are no {what}, and {setting} needs at least one")
    if asked is not None and asked > available:
        raise ValueError(f"{setting} asks for {asked} {what}, and there are {available}; use fewer")


def divided(
    train_examples: int, test_examples: int | None, available: int, *, what: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A division of one set: the first of the fixed shuffle train, and the last of it test.

    With a number of test examples the test set does not depend on the length of the training set; without one it is
    everything that does not train.

    Args:
        train_examples: Length of the training set.
        test_examples: Length of the test set, or None.
        available: Length of the whole.
        what: What the examples are, for messages.

    Returns:
        Positions of the training examples and of the test examples, with none in both.

    Raises:
        ValueError: If there are too few.
    """
    test = max(available - train_examples, 1) if test_examples is None else test_examples
    if train_examples + test > available:
        asked = f"train_examples = {train_examples} and {'at least ' if test_examples is None else ''}{test} to test"
        raise ValueError(f"there are {available} {what}, and {asked} were asked for; use fewer")
    return fixed_order(available, 0, train_examples), fixed_order(available, available - test, available)
