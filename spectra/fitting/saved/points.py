"""The points of every curve of a table, gathered from its batches of rows."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spectra.fitting.saved.cells import kind_of, numbers
from spectra.fitting.saved.column_guess import Columns
from spectra.fitting.saved.source import Batch, Cells, Source
from spectra.fitting.saved.tally import Tally
from spectra.plain_text import printable

Key = tuple[str, str]
"""Column of y and name of the group ("" without groups): what tells the curves of one table apart."""


MOST_POINTS = 250_000_000
"""Points of a table at most: they take 6 GB."""

Strange = Mapping[tuple[str, str], Tally]
"""Column and kind of cells that should be numbers and are none."""


@dataclass(frozen=True)
class Points:
    """Rows that have both an x and a y, in the order of the file."""

    x: NDArray[np.float64]  # (n,)
    y: NDArray[np.float64]  # (n,)
    places: NDArray[np.int64]  # (n,)
    strange: Strange


@dataclass(frozen=True)
class Gathered:
    """Everything that a table gave."""

    curves: Mapping[Key, Points]
    passed_over: Mapping[str, Tally]  # kind of thing that is no row
    without: Mapping[str, Tally]  # column: rows without a cell there, though they have the other one


@dataclass(frozen=True)
class _Growing:
    """Points that are still being gathered, in arrays that grow in place: memory never holds them twice."""

    x: array[float] = field(default_factory=lambda: array("d"))
    y: array[float] = field(default_factory=lambda: array("d"))
    places: array[int] = field(default_factory=lambda: array("q"))
    strange: dict[tuple[str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))

    def points(self) -> Points:
        if not self.x:
            return Points(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64), {})
        places = np.frombuffer(self.places, dtype=np.int64)
        return Points(np.frombuffer(self.x), np.frombuffer(self.y), places, self.strange)


def gathered(source: Source, columns: Columns) -> Gathered:
    """Read a table once and keep the points of its curves, 24 bytes each.

    Raises:
        ValueError: If there are more than `MOST_POINTS`.
    """
    parts: dict[Key, _Growing] = defaultdict(_Growing)
    passed_over: dict[str, Tally] = defaultdict(Tally)
    without: dict[str, Tally] = defaultdict(Tally)
    count = 0
    for batch in source.rows(dict.fromkeys((columns.x, *columns.y)), [columns.group] if columns.group else []):
        for kind, places in batch.passed_over.items():
            passed_over[kind] = passed_over[kind].plus(places)
        if len(batch.places):
            count += _take(batch, columns, parts, without)
        if count > MOST_POINTS:
            raise ValueError(
                f"{source.path} holds more than {MOST_POINTS} points, which is the most that is read: keep every tenth "
                f"{source.unit}, for curves of very many points are averaged in a few hundred bins in any case"
            )
    return Gathered({key: some.points() for key, some in parts.items()}, passed_over, without)


def _take(batch: Batch, columns: Columns, parts: dict[Key, _Growing], without: dict[str, Tally]) -> int:
    """Put the points of a batch where they belong; returns how many there are."""
    count = 0
    missing: Cells = [None] * len(batch.places)
    x = numbers(batch.columns.get(columns.x, missing))
    for name in columns.y:
        if name not in batch.columns:
            continue
        y = numbers(batch.columns[name])
        without[name] = without[name].plus(batch.places[y.empty & ~x.empty].tolist())
        without[columns.x] = without[columns.x].plus(batch.places[x.empty & ~y.empty].tolist())
        there = ~x.empty & ~y.empty
        groups = batch.columns.get(columns.group, missing) if columns.group else None
        for label, rows in _rows_by_group(groups, there):
            some = parts[name, label]
            count += len(rows)
            some.x.frombytes(x.values[rows].tobytes())
            some.y.frombytes(y.values[rows].tobytes())
            some.places.frombytes(batch.places[rows].tobytes())
            for column, read in ((columns.x, x), (name, y)):
                for row in read.strange_among(rows):
                    cell = batch.columns[column][row]
                    kind = (column, kind_of(cell))
                    some.strange[kind] = some.strange[kind].plus([int(batch.places[row])], str(cell))
    return count


def _rows_by_group(groups: Cells | None, there: NDArray[np.bool_]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    rows = np.flatnonzero(there)
    if groups is None:
        yield "", rows
        return
    positions: dict[str, list[int]] = defaultdict(list)
    for row in rows.tolist():
        positions[label_of(groups[row])].append(row)
    for label, some in positions.items():
        yield label, np.array(some, dtype=np.int64)


def label_of(cell: object) -> str:
    """The name in a cell; empty where there is none."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(float(cell))
    return "" if cell is None else printable(str(cell).strip())
