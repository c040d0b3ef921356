"""Columns of a table as plain numpy numbers, whatever kind of column they came as."""

from collections.abc import Collection

import numpy as np
import pandas as pd

WHOLE = {
    "seed": "a seed names one draw of all random numbers",
    "step": "a step is the number of updates made",
    "index": "an index says which entry of a vector it is, and is 0 for a number",
}
"""Columns of whole numbers, and what they mean."""
READABLE = ("string", "integer", "floating", "mixed-integer-float", "decimal")
"""What pandas calls a column of objects in which numbers are looked for; not truth values, dates or lists."""


def plain_columns(table: pd.DataFrame, numeric: Collection[str]) -> pd.DataFrame:
    """The table with numpy columns; what is a number in all rows, or text for one, becomes a number.

    Tables come with nullable, categorical, arrow and text columns, and what pandas does with these differs by kind.

    Args:
        table: Any table with the columns run and quantity; it is not changed.
        numeric: Columns that must hold numbers; a missing one is nan.

    Raises:
        ValueError: If a column that must hold numbers holds something else, a column of whole numbers others, or some
            row names no run or no quantity.
    """
    found: dict[str, pd.Series] = {}
    for name in filter(lambda name: isinstance(name, str), table.columns):
        column = table[name]
        plain = _plain(column)
        if name in ("run", "quantity"):
            plain = _named(plain, name)
        elif name in numeric:
            plain = _numbers(plain, name)
        elif plain.dtype == object:
            plain = _numbers_or_text(plain)
        if plain is not column:
            found[name] = plain
    return table.assign(**found)


def _plain(column: pd.Series) -> pd.Series:
    """A numpy column; numbers with missing ones are nan in it."""
    if isinstance(column.dtype, np.dtype):
        return column
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        kind = np.int64 if pd.api.types.is_integer_dtype(column.dtype) and not column.isna().any() else np.float64
        values = column.to_numpy(dtype=kind) if kind is np.int64 else column.to_numpy(dtype=kind, na_value=np.nan)
        return pd.Series(values, index=column.index, name=column.name)
    plain = column.astype(object)
    return plain.where(plain.notna(), None) if plain.hasnans else plain


def _named(column: pd.Series, name: str) -> pd.Series:
    if column.isna().any():
        raise ValueError(f"some row has no {name}; every row needs one, so name it or leave the row out")
    return column if pd.api.types.infer_dtype(column) == "string" else column.astype(str).astype(object)


def _numbers(column: pd.Series, name: str) -> pd.Series:
    numbers = _read(column) if column.dtype == object else column
    wrong = column[numbers.isna() & column.notna() & column.ne("")]
    if name in WHOLE and numbers.dtype.kind == "f":
        wrong = column[~(numbers % 1 == 0)]
        numbers = numbers if len(wrong) else numbers.astype(np.int64)
    if numbers.dtype.kind not in "iuf":
        wrong = column.head(1)
    if len(wrong):
        told = ", ".join(map(repr, wrong.drop_duplicates().head(5).tolist()))
        advice = "leave out the rows that have none" if name == "value" else "correct or leave out these rows"
        meant = f"whole numbers; {WHOLE[name]}" if name in WHOLE else f"numbers; {advice}"
        raise ValueError(f"{name} takes the values {told}, which are not {meant}")
    return numbers


def _numbers_or_text(column: pd.Series) -> pd.Series:
    """Numbers where all are, or are text for one; the column itself else, truth values among them."""
    if pd.api.types.infer_dtype(column, skipna=True) not in READABLE:
        return column
    known = column[column.notna()].drop_duplicates()
    return column if _read(known).isna().any() else _read(column)


def _read(column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    return numbers if numbers.dtype.kind in "iuf" else numbers.astype(np.float64)
