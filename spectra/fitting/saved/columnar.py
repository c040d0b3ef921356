"""Parquet and Feather files, with the checksums of their pages verified."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from spectra.fitting.saved.source import BATCH_ROWS, Batch, Cells, Source
from spectra.plain_text import printable

# What pyarrow raises over damaged files, over names that are no UTF-8, and over dates that Python does not have.
UNREADABLE = (pa.ArrowException, OSError, OverflowError, ValueError)


def parquet_table(path: Path) -> Source:
    """Columns of numbers and text of a parquet file; columns of lists and structures are left alone.

    Raises:
        ValueError: If the file is damaged or cut off.
    """

    def tables(names: list[str]) -> Iterator[pa.RecordBatch]:
        with parquet.ParquetFile(path, page_checksum_verification=True) as file:
            yield from file.iter_batches(batch_size=BATCH_ROWS, columns=names, use_threads=False)

    def schema() -> pa.Schema:
        with parquet.ParquetFile(path, page_checksum_verification=True) as file:
            return file.schema_arrow

    return _source(path, schema, tables)


def feather_table(path: Path) -> Source:
    """Columns of numbers and text of a Feather file, which is an Arrow file and, unlike parquet, has no checksums.

    Raises:
        ValueError: If the file is damaged or cut off.
    """

    def tables(names: list[str]) -> Iterator[pa.RecordBatch]:
        with pa.OSFile(str(path)) as file:
            reader = pa.ipc.open_file(file)
            for number in range(reader.num_record_batches):
                batch = reader.get_batch(number).select(names)
                batch.validate(full=True)  # Arrow trusts the file: a wrong place of a text would end the process
                yield batch

    def schema() -> pa.Schema:
        with pa.OSFile(str(path)) as file:
            return pa.ipc.open_file(file).schema

    return _source(path, schema, tables)


def _source(
    path: Path, schema: Callable[[], pa.Schema], tables: Callable[[list[str]], Iterator[pa.RecordBatch]]
) -> Source:
    try:
        names = tuple(column.name for column in schema() if not pa.types.is_nested(column.type))
    except UNREADABLE as error:
        raise _damaged(path, error) from None

    known = set(names)

    def rows(asked: Collection[str], labels: Collection[str] = ()) -> Iterator[Batch]:
        before = 0
        try:
            for table in tables([name for name in dict.fromkeys((*asked, *labels)) if name in known]):
                places = np.arange(before + 1, before + 1 + table.num_rows, dtype=np.int64)
                before += table.num_rows
                read = {name: table.column(name) for name in table.schema.names}
                yield Batch(
                    places,
                    {name: column.to_pylist() if name in labels else _cells(column) for name, column in read.items()},
                )
        except UNREADABLE as error:
            raise _damaged(path, error) from None

    return Source(path, (path,), "row", names, rows)


def _cells(column: pa.Array) -> Cells:
    number = pa.types.is_floating(column.type) or pa.types.is_integer(column.type)
    if number and column.null_count == 0:
        return column.to_numpy(zero_copy_only=False).astype(np.float64)  # type: ignore[no-any-return]
    return column.to_pylist()  # type: ignore[no-any-return]


def _damaged(path: Path, error: Exception) -> ValueError:
    first = printable(str(error).split("\n")[0][:200])
    return ValueError(
        f"{path} cannot be read as a table: {first}; the file is damaged or cut off: copy or write it again"
    )
