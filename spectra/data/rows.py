"""Rows of tables in Parquet or Arrow files, of which only those that are used are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
from numpy.typing import NDArray

NAMED = b"ARROW1"
END = b"\xff\xff\xff\xff\0\0\0\0"
MOST = 2**27
"""Rows that are read together: a Parquet file of a few kilobytes may declare more than any memory holds."""


@dataclass(frozen=True)
class Piece:
    """Consecutive rows of a table that are read together.

    Attributes:
        length: Number of rows.
        columns: Names of the columns.
        read: The name of a column -> its values in these rows.
        where: What the rows are in, for messages.
    """

    length: int
    columns: tuple[str, ...]
    read: Callable[[str], pa.ChunkedArray]
    where: str

    def values(self, column: str) -> pa.ChunkedArray:
        """Values of a column in these rows.

        Raises:
            ValueError: If they are damaged.
        """
        try:
            found = self.read(column)
            # Arrow trusts what it maps: a wrong offset in a file would end the process instead.
            found.validate(full=True)
            if len(found) != self.length:
                raise pa.ArrowInvalid(f"it has {len(found)} rows, and {self.length} were announced")
        except (pa.ArrowException, OSError) as error:
            raise ValueError(f"{self.where} is damaged in the column {column!r}: {error}; write it again") from error
        return found


@dataclass(frozen=True)
class Rows:
    """A table in pieces.

    Attributes:
        pieces: In order.
        where: What the table is, for messages.
    """

    pieces: Sequence[Piece]
    where: str

    def __len__(self) -> int:
        return sum(piece.length for piece in self.pieces)

    def whole(self, column: str) -> pa.ChunkedArray:
        """A column with all rows, none of which may be missing.

        Raises:
            ValueError: If there is no such column, there are no rows, or values are missing or damaged.
        """
        self._require(column)
        if len(self) == 0:
            raise ValueError(f"there are no rows in {self.where}; name a file or split that has some")
        values = pa.chunked_array([chunk for piece in self.pieces for chunk in piece.values(column).chunks])
        if values.null_count:
            raise ValueError(
                f"{values.null_count} rows of {self.where} have no value in the column {column!r}; remove these rows, "
                "or name another column"
            )
        return values

    def at(self, places: NDArray[np.int64], column: str) -> list[Any]:
        """Values of a column in some rows, in the order of `places`; pieces without any of them are not read.

        Raises:
            ValueError: If there is no such column, or values are damaged.
        """
        self._require(column)
        values: list[Any] = [None] * len(places)
        start = 0
        for piece in self.pieces:
            wanted = np.flatnonzero((places >= start) & (places < start + piece.length))
            if len(wanted):
                found = piece.values(column).take(pa.array(places[wanted] - start)).to_pylist()
                for index, value in zip(wanted, found, strict=True):
                    values[index] = value
            start += piece.length
        return values

    def _require(self, column: str) -> None:
        for piece in self.pieces:
            if column not in piece.columns:
                raise ValueError(
                    f"{self.where} has no column {column!r}; its columns are {', '.join(map(repr, piece.columns))}"
                )


def file_rows(files: Iterable[Path], where: str) -> Rows:
    """The rows of files, one after the other.

    Args:
        files: Parquet files, which are read by row groups, and Arrow files, which are mapped.
        where: What they are, for messages.

    Raises:
        ValueError: If a file is damaged.
    """
    pieces: list[Piece] = []
    for path in files:
        try:
            if not path.is_file():  # whoever opens a pipe waits for ever
                raise FileNotFoundError("there is no such file")
            pieces += _parquet(path) if path.suffix == ".parquet" else _arrow(path)
        except (pa.ArrowException, OSError) as error:
            kind = path.suffix[1:].capitalize()
            raise ValueError(f"{path} cannot be read as {kind}: {error}; write it again") from error
    return Rows(pieces, where)


def _parquet(path: Path) -> list[Piece]:
    file = pyarrow.parquet.ParquetFile(path, memory_map=True)
    columns = tuple(file.schema_arrow.names)

    def group(number: int) -> Piece:
        length = file.metadata.row_group(number).num_rows
        if length > MOST:
            raise pa.ArrowInvalid(f"its row group {number} has {length} rows, and at most {MOST} are read together")
        return Piece(length, columns, lambda column: file.read_row_group(number, [column])[column], str(path))

    return [group(number) for number in range(file.num_row_groups)]


def _arrow(path: Path) -> list[Piece]:
    source = pa.memory_map(str(path))
    # Hugging Face writes streams; files that know their length begin and end with their name.
    if source.read(len(NAMED)) == NAMED:
        table = pyarrow.ipc.open_file(source).read_all()
    else:
        # A stream that was cut off reads as a shorter one, so that its end must be looked for.
        source.seek(max(source.size() - len(END), 0))
        if source.read() != END:
            raise pa.ArrowInvalid("the mark at the end of a stream is missing")
        source.seek(0)
        table = pyarrow.ipc.open_stream(source).read_all()

    def piece(batch: pa.RecordBatch) -> Piece:
        columns = tuple(batch.schema.names)
        return Piece(len(batch), columns, lambda column: pa.chunked_array([batch.column(column)]), str(path))

    return [piece(batch) for batch in table.to_batches()]
