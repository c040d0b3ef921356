"""Text as windows of characters or of bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spectra.data.dataset import Dataset
from spectra.data.windows import next_token_dataset, windows

Unit = Literal["characters", "bytes"]
BYTES = 256


@dataclass(frozen=True)
class Cut:
    """How text is cut into examples.

    Attributes:
        context: Inputs in a window, T.
        train_examples: Windows of the training part that are used.
        test_examples: Windows of the test part that are used; None for all.
        unit: What a token is.
    """

    context: int
    train_examples: int
    test_examples: int | None
    unit: Unit


def text_dataset(train: NDArray[Any], test: NDArray[Any], cut: Cut, *, where: str) -> Dataset:
    """Windows of two texts.

    For bytes the vocabulary is 256. For characters it is the characters of the whole training text in the order of
    Unicode, so that it does not depend on how many windows are used.

    Args:
        train: The training text: Unicode code points, or bytes, of shape (n,).
        test: The test text.
        cut: How they are cut.
        where: What the text is, for messages.

    Raises:
        ValueError: If there are too few windows, only one character, or characters in the test windows that the
            training text does not have.
    """
    parts = [
        windows(text, cut.context, asked, setting=f"{name}_examples", where=f"the {name} part of {where}")
        for name, text, asked in (("train", train, cut.train_examples), ("test", test, cut.test_examples))
    ]
    if cut.unit == "bytes":
        return next_token_dataset(*parts, vocabulary=BYTES)
    characters = np.unique(train)
    if len(characters) < 2:
        raise ValueError(
            f"the train part of {where} has only the character {chr(characters[0])!r}; it needs two or more"
        )
    _require_known(parts[1], characters, where)
    return next_token_dataset(*(np.searchsorted(characters, part) for part in parts), vocabulary=len(characters))


def _require_known(codes: NDArray[Any], characters: NDArray[Any], where: str) -> None:
    unknown = codes[~np.isin(codes, characters)]
    if len(unknown):
        distinct = np.unique(unknown)
        shown = ", ".join(repr(chr(code)) for code in distinct[:5]) + (" ..." if len(distinct) > 5 else "")
        raise ValueError(
            f"the test part of {where} has {len(unknown)} characters that its train part does not have: {shown}; set "
            "unit = 'bytes', or take these characters out of the text"
        )


def code_points(text: str) -> NDArray[np.uint32]:
    """The Unicode code points of a text, (n,)."""
    return np.frombuffer(text.encode("utf-32-le"), "<u4")


def held_out_end(text: NDArray[Any], held_out: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """A text cut into a beginning to train with and an end to test with.

    Args:
        text: Tokens (n,).
        held_out: Part of them that is held out, between zero and one.
    """
    cut = round(len(text) * (1 - held_out))
    return text[:cut], text[cut:]
