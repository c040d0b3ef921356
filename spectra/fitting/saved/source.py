"""What every reader hands over: named columns in batches of rows, each with its place in the file."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Cells = Sequence[object] | NDArray[np.float64]
"""Cells of one column: text, numbers, or None where a row has no such cell."""

# Rows of one batch, and with it the memory that reading takes beyond the points themselves.
BATCH_ROWS = 65536
# Names that one message lists; logs of large models have thousands.
SHOWN_NAMES = 40


@dataclass(frozen=True)
class Batch:
    """Some consecutive rows."""

    places: NDArray[np.int64]  # (n,), number of the line, row or record, from 1
    columns: Mapping[str, Cells]  # each (n,)
    passed_over: Mapping[str, Sequence[int]] = field(default_factory=dict)  # kind of thing that is no row: its places


@dataclass(frozen=True)
class Source:
    """The saved table of one run: its columns, and how to read some of them."""

    path: Path
    paths: tuple[Path, ...]  # the files behind it
    unit: str  # what a place counts: "line", "row", "record"
    names: tuple[str, ...]  # its columns
    rows: Callable[[Collection[str]], Iterator[Batch]]  # reads the named columns, from the start
    notes: tuple[str, ...] = ()

    def require(self, name: str) -> None:
        """Raise ValueError if a column is missing or is there twice."""
        count = self.names.count(name)
        if count > 1:
            raise ValueError(f"{self.path} has {count} columns named {name!r}; rename all but one in the header line")
        if not count:
            raise ValueError(f"{self.path} has no column {name!r}; {self.choice()}: {nearest(name, self.names)}")

    def choice(self) -> str:
        """The columns, in words."""
        more = len(self.names) - SHOWN_NAMES
        shown = ", ".join(map(repr, self.names[:SHOWN_NAMES])) or "none"
        return f"its columns are {shown}" + (f" and {more} more" if more > 0 else "")


def nearest(name: str, names: Collection[str]) -> str:
    """Advice that points to the most similar of some names."""
    lowered = {present.lower(): present for present in names}
    near = get_close_matches(name.lower(), lowered, n=1)
    return f"did you mean {lowered[near[0]]!r}?" if near else "name one of these"
