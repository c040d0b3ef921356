"""Fuzz with atheris, which looks for inputs that reach new code.

`python -m tests.fuzz.coverage_guided curve -runs=10000` needs `pip install atheris`; the options after the target are
those of libFuzzer.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from random import Random

import atheris  # type: ignore[import-not-found,unused-ignore]

with atheris.instrument_imports(include=["spectra"]):
    from tests.fuzz.oracle import frugal
    from tests.fuzz.targets import TARGETS


class Steered(Random):
    """Random numbers that are the bytes that atheris gives, and zeros when these have been used up."""

    def __init__(self, data: bytes) -> None:
        super().__init__(0)
        self._data = data

    def getrandbits(self, k: int) -> int:
        """The next bits."""
        size = (k + 7) // 8
        taken, self._data = self._data[:size], self._data[size:]
        return int.from_bytes(taken, "little") & ((1 << k) - 1)

    def random(self) -> float:
        """A number from 0 up to 1, of the next two bytes."""
        return self.getrandbits(16) / 2**16


def main() -> None:
    """Fuzz the target that is named first."""
    target = TARGETS[sys.argv.pop(1)]

    def one(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder, frugal():
            target(Steered(data), Path(folder))

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
