"""Files that hold long tables, read in parts of bounded size and without guesses."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame

from spectra.plain_text import printable
from spectra.verdicts.long_table import MEASURED

CHUNK = 200_000
"""Rows of a file that are read at a time."""
BLOCK = 2**20
"""Bytes that are looked at at a time."""
ACCOMPANYING = ("_residual", "_error", "_matvecs", "_converged")
ENDS = ("diverged", "loss", "kernel_movement", "weight_movement")
"""Quantities that verdicts use besides the judged one."""
ASSUMED = {"rate": 1.0, "index": 0}
"""What a table is taken to hold everywhere in columns that it need not have."""


@dataclass(frozen=True)
class Wanted:
    """What is read of a table."""

    quantities: tuple[str, ...]  # that are judged
    scale: str | None  # column that grows; None: no size matters
    regime: str | None = None  # only this one
    compared: str | None = None  # setting in which compared runs differ, whatever else is said of its column

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the table that is made; a file must have them, but for those that are `ASSUMED`."""
        named = () if self.regime is None else ("regime",)
        return (*MEASURED[:1], *filter(None, [self.scale]), "seed", *named, "rate", *MEASURED[1:])

    @property
    def kept(self) -> set[str]:
        """Quantities whose rows are kept."""
        return {*ENDS, *self.quantities, *(f"{name}{end}" for name in self.quantities for end in ACCOMPANYING)}


def table_parts(path: Path, wanted: Wanted) -> Iterator[DataFrame]:
    """The rows of a CSV or parquet file, a few at a time, with numbers where a verdict needs numbers.

    Raises:
        ValueError: If it is no such file, lacks a column, or holds something else than a number where a number must
            be. The message says where.
    """
    kind = next((ending for ending in (".parquet", ".csv", ".csv.gz") if path.name.endswith(ending)), None)
    if kind is None:
        raise ValueError(f"{path}: is neither .csv, .csv.gz nor .parquet; save the table as one of these")
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file; check the name")
    for chunk in _parquet(path, wanted) if kind == ".parquet" else _csv(path, wanted):
        _require_names(path, chunk)
        yield chunk.assign(**{name: _numbers(chunk, name, path) for name in _numeric(wanted) if name in chunk})


def _require_names(path: Path, chunk: DataFrame) -> None:
    """Refuse rows that name no run or no quantity, and texts with signs that would steer a terminal."""
    for name in ("run", "quantity"):
        if (empty := chunk[name].isna()).any():
            raise ValueError(f"{path}: row {int(chunk.index[empty][0]) + 1}: {name} is empty; every row needs one")
    for name in chunk.columns:
        for cell in chunk[name].unique() if chunk[name].dtype.kind not in "iufb" else ():
            if isinstance(cell, str) and not cell.isprintable():
                raise ValueError(
                    f"{path}: {name} is {cell[:60]!r} in some row, which has control characters; correct it"
                )


def _csv(path: Path, wanted: Wanted) -> Iterator[DataFrame]:
    try:
        _require_no_zeros(path)
        head = pd.read_csv(path, dtype=str, keep_default_na=False, header=None, nrows=1)
        _require(path, head.iloc[0], wanted)
        # Everything is text at first: what pandas makes of a column would depend on the chunk. An empty field is a
        # missing number, as pandas writes them.
        with pd.read_csv(path, dtype=str, keep_default_na=False, chunksize=CHUNK) as chunks:
            for chunk in chunks:
                if not isinstance(chunk.index, pd.RangeIndex):  # pandas takes the first cells for names of rows
                    told = "rows have more cells than the head line; name every column, and end no row by a comma"
                    raise ValueError(f"{path}: {told}")
                yield chunk
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{path}: is no CSV file with a head line: {str(error).strip()}; the first line must name the columns"
        ) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: is no complete gzip file ({error}); get it again") from error


def _require_no_zeros(path: Path) -> None:
    """Refuse zero bytes: some versions of pandas end a cell, or the name of a column, at one."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while block := file.read(BLOCK):
            if b"\0" in block:
                told = "which no UTF-8 text does and a crash may leave; remove them, or save the table again"
                raise ValueError(f"{path}: holds zero bytes, {told}")


def _parquet(path: Path, wanted: Wanted) -> Iterator[DataFrame]:
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path, page_checksum_verification=True) as file:
            _require(path, file.schema_arrow.names, wanted)
            for field in file.schema_arrow:
                _require_plain(path, field, number=field.name in _numeric(wanted))
            # What pandas noted beside the columns, such as which were names of rows, is no part of a long table.
            names = [name for name in file.schema_arrow.names if not name.startswith("__index_level_")]
            for batch in file.iter_batches(batch_size=CHUNK, columns=names, use_threads=False):
                yield batch.replace_schema_metadata(None).to_pandas()
    except (pyarrow.ArrowException, OverflowError, OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{path}: is no parquet file that can be read, save it again: {printable(str(error))[:200]}"
        ) from error


def _require_plain(path: Path, field: Any, *, number: bool) -> None:
    """Refuse a column of lists or structures, and one of dates or bytes where numbers must be."""
    from pyarrow import types

    plain = (types.is_integer, types.is_floating, types.is_boolean, types.is_string, types.is_large_string)
    kind = field.type.value_type if types.is_dictionary(field.type) else field.type
    other = () if number else (types.is_temporal, types.is_binary)
    if any(is_kind(kind) for is_kind in (*plain, types.is_decimal, types.is_null, types.is_string_view, *other)):
        return
    wanted = "a number" if number else "a number or a text"
    raise ValueError(f"{path}: {field.name!r} is a column of {kind}, and must be {wanted}; convert or remove it")


def _numeric(wanted: Wanted) -> tuple[str, ...]:
    return (*filter(None, [wanted.scale]), "seed", "rate", "step", "index", "value")


def _require(path: Path, columns: Iterable[str], wanted: Wanted) -> None:
    present = [str(name) for name in columns]
    if strange := [name for name in present if not name.isprintable()]:
        raise ValueError(f"{path}: the name of the column {strange[0][:60]!r} has control characters; correct it")
    if twice := [name for name, count in Counter(present).items() if count > 1]:
        raise ValueError(f"{path}: has the column {twice[0]!r} more than once; rename or remove all but one")
    missing = [name for name in wanted.columns if name not in (*present, *ASSUMED)]
    if not missing:
        return
    wide = [name for name in (*wanted.quantities, "loss") if name in present]
    hint = "give the columns that hold these their names (spectra verdict --help shows what a table must hold)"
    if wanted.scale in missing:
        hint = f"say with --scale which column grows if it is none of the name {wanted.scale}; {hint}"
    if wide and {"quantity", "value"} & set(missing):
        hint = f"{wide[0]} is a column here: turn columns into rows first, for example with pandas.melt"
    raise ValueError(f"{path}: lacks the column {', '.join(missing)}; it has {', '.join(present[:20])}: {hint}")


def _numbers(chunk: DataFrame, name: str, path: Path) -> pd.Series:
    column = chunk[name]
    numbers = pd.to_numeric(column.replace("", np.nan), errors="coerce")
    told = column.astype(str).str.strip().str.lower()
    wrong = column[numbers.isna() & column.notna() & ~told.isin(["", "nan", "none", "<na>"])]
    if len(wrong):
        line = f"row {int(wrong.index[0]) + 1}"
        raise ValueError(f"{path}: {line}: {name} is {wrong.iloc[0]!r}, which is no number; remove or correct the row")
    empty = numbers.isna() | (~np.isfinite(numbers.astype(float)))
    if name != "value" and empty.any():
        line = f"row {int(empty[empty].index[0]) + 1}"
        raise ValueError(f"{path}: {line}: {name} is empty or not finite; every row needs one")
    return numbers.astype(float)
