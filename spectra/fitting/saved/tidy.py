"""Tables with one number per row and its name beside it, as this library and MLflow's interface write them."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from math import isnan

import numpy as np

from spectra.fitting.saved.cells import number_of
from spectra.fitting.saved.source import Batch, Source

NAME_COLUMNS = ("quantity", "metric", "tag", "variable")
VALUE, INDEX = "value", "index"


def widened(source: Source, *, y: str | None) -> Source:
    """The table with a column for every quantity that it names, if it names quantities and `y` is none of its columns.

    Where a quantity has several numbers at one step, told apart by the column "index", the first one (index 0) counts.
    A column of numbers, such as a metric itself, names nothing.
    """
    key = next((name for name in NAME_COLUMNS if name in source.names), None)
    if key is None or VALUE not in source.names or y in source.names:
        return source
    cells = (cell for batch in source.rows((), (key,)) for cell in batch.columns.get(key, ()))
    named = dict.fromkeys(str(cell) for cell in cells if cell is not None)
    if all(not isnan(number_of(name)) for name in named):
        return source
    plain = tuple(name for name in source.names if name not in (key, VALUE, INDEX))
    quantities = dict.fromkeys(name for name in named if name not in source.names)

    def rows(asked: Collection[str], labels: Collection[str] = ()) -> Iterator[Batch]:
        wanted = [name for name in (*asked, *labels) if name in quantities]
        inner = [name for name in (*asked, VALUE, INDEX) if name in source.names]
        for batch in source.rows(inner, [key, *(name for name in labels if name in plain)]):
            columns = {name: cells for name, cells in batch.columns.items() if name in plain}
            for name in wanted if len(batch.places) else ():
                columns[name] = _cells_of(batch, key, name)
            yield replace(batch, columns=columns)

    return replace(source, names=(*plain, *quantities), rows=rows)


def _cells_of(batch: Batch, key: str, name: str) -> list[object]:
    """Values of one quantity, None in all other rows."""
    first = batch.columns.get(INDEX, np.zeros(len(batch.places)))
    cells = zip(batch.columns[key], batch.columns[VALUE], first, strict=True)
    return [value if str(quantity) == name and number_of(index) == 0 else None for quantity, value, index in cells]
