"""Pickles of plain values and arrays, read without running what strangers put into them."""

from __future__ import annotations

import pickle
import pickletools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

NUMBERS = frozenset({"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"})
"""Types that an array may have: a letter, and the number of bytes."""

OPERATIONS = 2_000_000
"""Most operations of a pickle, each of which may take some hundred bytes; 50,000 images with two lists of labels and
one of names, as in CIFAR-100, take 200,000."""


class _Type:
    """Stands in for `numpy.dtype`, whose own state a pickle could set to one that misleads numpy about memory."""

    def __init__(self, name: str | bytes, *_: object) -> None:
        self.name, self.order = name.decode() if isinstance(name, bytes) else str(name), "="
        if self.name not in NUMBERS:
            raise pickle.UnpicklingError(f"it holds an array of {self.name}, and only arrays of numbers are accepted")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1]
        self.order = order.decode() if isinstance(order, bytes) else order


class _Array:
    """Stands in for `numpy.ndarray`, and for what makes an empty one; its state is the array."""

    values: NDArray[Any] | None = None

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, kind, columns_first, content = state
        flat = np.frombuffer(content, np.dtype(kind.order + kind.name))
        self.values = flat.reshape(shape, order="F" if columns_first else "C")


# A pickle can set attributes of what it names, unless that says itself how its state is set, as these two do.
STAND_INS: dict[tuple[str, str], type] = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
}


# Inheritance is the only way that pickle offers to restrict what a file may name.
class _PlainUnpickler(pickle.Unpickler):
    """An unpickler that knows arrays; dictionaries, lists, numbers, strings and bytes need no names."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in STAND_INS:
            raise pickle.UnpicklingError(
                f"it names {module}.{name}, and only arrays and plain values are accepted; if the file is yours, "
                "write it with pickle protocol 4, or use the binary version"
            )
        return STAND_INS[module, name]


def plain_pickle(path: Path) -> Any:
    """The content of a pickle that holds only dictionaries, lists, numbers, strings and bytes, or arrays by name.

    Args:
        path: The file. Strings written by Python 2 become bytes.

    Returns:
        The content; of a dictionary, those values that are arrays of numbers as numpy arrays. Arrays elsewhere are
        left as what stands in for them.

    Raises:
        ValueError: If it names anything else, which is then not imported and not called, is damaged, or asks for more
            memory than its length warrants.
    """
    with path.open("rb") as file:
        try:
            _require_modest(file)
            file.seek(0)
            content = _PlainUnpickler(file, encoding="bytes").load()
        # A damaged pickle raises almost anything, as the documentation of pickle says.
        except Exception as error:
            raise ValueError(f"{path} is refused: {error or type(error).__name__}; unpack the archive again") from error
    if not isinstance(content, dict):
        return content
    return {key: value.values if isinstance(value, _Array) else value for key, value in content.items()}


def _require_modest(file: Any) -> None:
    """Refuse a few bytes that would make the unpickler reserve gigabytes: it keeps a place for every number named."""
    for count, (operation, number, _) in enumerate(pickletools.genops(file)):
        if count >= OPERATIONS or (operation.name.endswith("PUT") and (number or 0) > OPERATIONS):
            raise pickle.UnpicklingError(
                f"it takes more than {OPERATIONS} operations or places to read, and no file of images does"
            )
