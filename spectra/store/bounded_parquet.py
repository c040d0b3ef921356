"""Parquet that a stranger may have written: of the types that it must have, and no larger than runs can be."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

MOST_ROWS = 2**26
"""Measured rows of one file: their numbers take 1.5 GiB."""

MOST_BYTES = 2**32
"""Bytes that a file may unpack to: a few may stand for millions of equal rows."""

GARBAGE = (pa.ArrowException, ArithmeticError, AttributeError, LookupError, MemoryError, OSError, TypeError, ValueError)
"""What reading a damaged file as parquet may raise."""


def parquet_file(source: str | pa.Buffer, schema: pa.Schema, *, checked: bool = True) -> pq.ParquetFile:
    """A file of which nothing but its description is read yet.

    Args:
        source: Path of the file, or its content.
        schema: Columns that it must have.
        checked: Whether checksums of pages are compared when they are read.

    Raises:
        ValueError: If it has other columns, or more rows than `MOST_ROWS`.
        Exception: One of `GARBAGE` if it is no parquet.
    """
    place = source if isinstance(source, str) else pa.BufferReader(source)
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    try:
        file = pq.ParquetFile(place, page_checksum_verification=checked, read_dictionary=texts)
    except KeyError as error:
        missing = str(error).removeprefix("b")  # named as bytes
        raise ValueError(
            f"it has no column {missing}, and must have {', '.join(schema.names)} of known types"
        ) from error
    found = [(field.name, _spelt_out(field.type)) for field in file.schema_arrow]
    if found != [(field.name, _spelt_out(field.type)) for field in schema]:
        listed = ", ".join(f"{name} ({kind})" for name, kind in found)
        raise ValueError(f"it has the columns {listed[:200]}, and must have {', '.join(schema.names)} of known types")
    # The number of values of a column is not asked for: of a damaged description pyarrow 26 ends the process instead.
    if file.metadata.num_rows > MOST_ROWS:
        raise ValueError(f"it has {file.metadata.num_rows} rows, and at most {MOST_ROWS} are read")
    return file


def rows_of(file: pq.ParquetFile, schema: pa.Schema, columns: list[str] | None = None) -> pa.Table:
    """All rows of a file.

    Args:
        file: From `parquet_file`.
        schema: The same.
        columns: Which of its columns; None for all.

    Raises:
        ValueError: If they take more than `MOST_BYTES`.
        Exception: One of `GARBAGE` if they are damaged.
    """
    wanted = pa.schema([field for field in schema if columns is None or field.name in columns])
    tables, size = [wanted.empty_table()], 0
    for number in range(file.num_row_groups):
        tables.append(group_of(file, number, wanted))
        size += tables[-1].nbytes
        _require_size(size)
    return pa.concat_tables(tables)


def group_of(file: pq.ParquetFile, number: int, wanted: pa.Schema) -> pa.Table:
    """One of the row groups of a file; see `rows_of`."""
    table = file.read_row_group(number, columns=wanted.names, use_threads=False)
    table.validate(full=True)  # Arrow trusts numbers of texts: a wrong one would end the process instead
    _require_size(table.nbytes + sum(_length(table[name]) for name in table.column_names))
    return table.cast(wanted)


def require_full(table: pa.Table) -> None:
    """Refuse a table in which a cell, or an entry of a list, is missing.

    Raises:
        ValueError: With the name of the column.
    """
    for name, column in zip(table.column_names, table.columns, strict=True):
        inside = pc.list_flatten(column) if pa.types.is_list(column.type) else column
        if column.null_count or inside.null_count:
            raise ValueError(f"its column {name} has empty cells")


def _require_size(size: int) -> None:
    if size > MOST_BYTES:
        raise ValueError(f"it unpacks to {size} bytes or more, and at most {MOST_BYTES} are read")


def _spelt_out(kind: pa.DataType) -> str:
    """A type by its name, whether its texts are numbered or not, and whatever the items of its lists are called."""
    if pa.types.is_dictionary(kind):
        return _spelt_out(kind.value_type)
    return f"list of {_spelt_out(kind.value_type)}" if pa.types.is_list(kind) else str(kind)


def _length(column: pa.ChunkedArray) -> int:
    """Bytes of numbered texts when they are spelt out."""
    if not pa.types.is_dictionary(column.type):
        return 0
    chunks = (pc.binary_length(chunk.dictionary).take(chunk.indices) for chunk in column.chunks)
    return sum(pc.sum(lengths.cast(pa.int64())).as_py() or 0 for lengths in chunks)
