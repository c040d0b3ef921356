"""Rows of a table by the values of some columns."""

from collections.abc import Iterator
from typing import Any

from pandas import DataFrame


def groups(rows: DataFrame, *columns: str) -> Iterator[tuple[tuple[Any, ...], DataFrame]]:
    """Groups of rows in the order of their keys; a key is a tuple with one value per column, for one column too."""
    if not rows.empty:
        yield from rows.groupby(list(columns))
