"""What every reader hands over: named columns in batches of rows, each with its place in the file."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Cells = Sequence[object] | NDArray[np.float64]
"""Cells of one column: text, numbers, or None where a row has no such cell."""

# Rows of one batch, and with it the memory that reading takes beyond the points themselves.
BATCH_ROWS = 65536
# Names that one message lists; logs of large models have thousands.
SHOWN_NAMES = 40
# Letters of each.
LONGEST_NAME = 100


@dataclass(frozen=True)
class Batch:
    """Some consecutive rows."""

    places: NDArray[np.int64]  # (n,), number of the line, row or record, from 1
    columns: Mapping[str, Cells]  # each (n,)
    passed_over: Mapping[str, Sequence[int]] = field(default_factory=dict)  # kind of thing that is no row: its places


class Rows(Protocol):
    """Reads some columns of a table, from the start."""

    def __call__(self, names: Collection[str], labels: Collection[str] = (), /) -> Iterator[Batch]:
        """Batches of the rows, with the columns `names`, and `labels` as they are written and not as numbers.

        As numbers, runs called 9007199254740993 and 9007199254740992 would be one, and "007" would be called 7.
        """


@dataclass(frozen=True)
class Source:
    """The saved table of one run: its columns, and how to read some of them."""

    path: Path
    paths: tuple[Path, ...]  # the files behind it
    unit: str  # what a place counts: "line", "row", "record"
    names: tuple[str, ...]  # its columns
    rows: Rows
    notes: tuple[str, ...] = ()

    def require(self, *names: str) -> None:
        """Raise ValueError if one of some columns is missing or is there twice."""
        count = Counter(self.names)
        for name in names:
            if count[name] > 1:
                raise ValueError(
                    f"{self.path} has {count[name]} columns named {quoted(name)}; rename all but one in the header line"
                )
            if not count[name]:
                raise ValueError(
                    f"{self.path} has no column {quoted(name)}; {self.choice()}: {nearest(name, self.names)}"
                )

    def choice(self) -> str:
        """The columns, in words."""
        more = len(self.names) - SHOWN_NAMES
        shown = ", ".join(map(quoted, self.names[:SHOWN_NAMES])) or "none"
        return f"its columns are {shown}" + (f" and {more} more" if more > 0 else "")


def nearest(name: str, names: Collection[str]) -> str:
    """Advice that points to the most similar of some names."""
    lowered = {present.lower(): present for present in names}
    near = get_close_matches(name.lower(), lowered, n=1)
    return f"did you mean {quoted(lowered[near[0]])}?" if near else "name one of these"


def quoted(name: str) -> str:
    """A name out of a file, for a message: in quotation marks, and never long."""
    return repr(name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}...")
