"""Pickles of plain values and arrays, read without running what strangers put into them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

# All three are compiled: a pickle can set attributes of what it names, and these have none that could be set.
RECONSTRUCT = np.zeros(0).__reduce__()[0]
PLAIN: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): RECONSTRUCT,
}


# Inheritance is the only way that pickle offers to restrict what a file may name.
class _PlainUnpickler(pickle.Unpickler):
    """An unpickler that knows arrays; dictionaries, lists, numbers, strings and bytes need no names."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in PLAIN:
            raise pickle.UnpicklingError(
                f"it names {module}.{name}, and only arrays and plain values are accepted; if the file is yours, "
                "write it with pickle protocol 4, or use the binary version"
            )
        return PLAIN[module, name]


def plain_pickle(path: Path) -> Any:
    """The content of a pickle that holds only dictionaries, lists, numbers, strings, bytes and numpy arrays.

    Args:
        path: The file. Strings written by Python 2 become bytes.

    Raises:
        ValueError: If it names anything else, which is then not imported and not called, or is damaged.
    """
    with path.open("rb") as file:
        try:
            return _PlainUnpickler(file, encoding="bytes").load()
        # A damaged pickle raises almost anything, as the documentation of pickle says.
        except Exception as error:
            raise ValueError(f"{path} is refused: {error or type(error).__name__}") from error
