"""Tables with one number per row and its name beside it, as this library and MLflow's interface write them."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from math import isnan

import numpy as np
from numpy.typing import NDArray

from spectra.fitting.saved.cells import number_of, numbers
from spectra.fitting.saved.source import Batch, Cells, Source

NAME_COLUMNS = ("quantity", "metric", "tag", "variable")
VALUE, INDEX = "value", "index"


def widened(source: Source, *, y: str | None) -> Source:
    """The table with a column for every quantity that it names, if it names quantities and `y` is none of its columns.

    The rows of every quantity come in batches of their own, so that the work is one of rows and not of rows times
    quantities. Where a quantity has several numbers at one step, told apart by the column "index", the first one
    (index 0, or none) counts; an index that is 0 in one row only numbers the rows, as that of pandas does, and tells
    nothing apart. A column of numbers, such as a metric itself, names nothing.

    Raises:
        ValueError: If a column of these is there twice.
    """
    key = next((name for name in NAME_COLUMNS if name in source.names), None)
    if key is None or VALUE not in source.names or y in source.names:
        return source
    index = [name for name in (INDEX,) if name in source.names]
    source.require(key, *index)
    named: dict[str, None] = {}
    firsts = 0
    for batch in source.rows(index, (key,)):
        named |= dict.fromkeys(str(cell) for cell in batch.columns.get(key, ()) if cell is not None)
        firsts += int(_first_entries(batch.columns.get(INDEX, ())).sum())
    if all(not isnan(number_of(name)) for name in named):
        return source
    source.require(VALUE)
    apart = index if firsts > 1 else []
    plain = tuple(name for name in source.names if name not in (key, VALUE, *apart))
    quantities = dict.fromkeys(name for name in named if name not in source.names)

    def rows(asked: Collection[str], labels: Collection[str] = ()) -> Iterator[Batch]:
        wanted = {name for name in (*asked, *labels) if name in quantities}
        inner = [name for name in (*asked, VALUE, *apart) if name in source.names]
        for batch in source.rows(inner, [key, *(name for name in labels if name in plain)]):
            yield Batch(np.empty(0, dtype=np.int64), {}, batch.passed_over)
            yield from _by_quantity(batch, key, wanted, plain)

    return replace(source, names=(*plain, *quantities), rows=rows)


def _by_quantity(batch: Batch, key: str, wanted: Collection[str], plain: Collection[str]) -> Iterator[Batch]:
    """The rows of each wanted quantity with a column of that name, and all other rows without one."""
    rows: dict[str | None, list[int]] = defaultdict(list)
    for row, cell in enumerate(batch.columns.get(key, [None] * len(batch.places))):
        rows[str(cell) if str(cell) in wanted else None].append(row)
    beside = {name: cells for name, cells in batch.columns.items() if name in plain}
    for quantity, own in rows.items():
        columns = {name: _at(cells, own) for name, cells in beside.items()}
        if quantity is not None:
            values = _at(batch.columns[VALUE], own)
            if INDEX in batch.columns and INDEX not in plain:
                first = _first_entries(_at(batch.columns[INDEX], own))
                values = [value if counts else None for value, counts in zip(values, first, strict=True)]
            columns[quantity] = values
        yield Batch(batch.places[own], columns)


def _first_entries(cells: Cells) -> NDArray[np.bool_]:
    """Which rows hold the first entry of a quantity: those of index 0, or of none."""
    read = numbers(cells)
    first: NDArray[np.bool_] = (read.values == 0) | read.empty
    return first


def _at(cells: Cells, rows: list[int]) -> Cells:
    return cells[rows] if isinstance(cells, np.ndarray) else [cells[row] for row in rows]
