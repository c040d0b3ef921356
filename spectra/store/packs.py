"""Many finished runs in one parquet file."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spectra.store.provenance import Provenance
from spectra.store.run_folder import SCHEMA, Contents, contents
from spectra.training import RunSpec

NAME = re.compile(r"[0-9a-f]{64}\.parquet")
"""How packs are called: the SHA-256 of their content."""

PACK_SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("diverged", pa.bool_()),
        ("spec", pa.string()),  # spec.json
        ("record", pa.string()),  # run.json
        ("digest", pa.binary()),  # of this row
        *((field.name, pa.list_(field.type)) for field in SCHEMA),
    ]
)
"""One row is one run; its measurements are lists of equal lengths."""

RUNS, ROWS = 1024, 1_000_000
"""Most runs and about the most measured rows of one pack: what is read, verified or damaged at a time."""

GROUP = 64
"""Runs of a row group: what is lost at most where a page cannot be decoded."""


def pack(runs: Iterable[tuple[RunSpec, pd.DataFrame, Provenance]]) -> tuple[str, bytes]:
    """Finished runs as one pack, for a place that takes whole objects.

    Args:
        runs: Settings, long table and provenance of each.

    Returns:
        Name and content of the file.

    Raises:
        ValueError: If a table is not that of a finished run.
    """
    return packed(rows(contents(*run) for run in runs))


def rows(runs: Iterable[Contents]) -> pa.Table:
    """Runs as a table of `PACK_SCHEMA`, one row each."""
    columns: dict[str, list[Any]] = {name: [] for name in PACK_SCHEMA.names}
    for run in runs:
        plain = {"run": run.identity, "diverged": run.diverged, "spec": run.spec.decode()}
        lists = {name: column.combine_chunks() for name, column in zip(SCHEMA.names, run.table.columns, strict=True)}
        for name, cell in {**plain, "record": run.record.decode(), "digest": b"", **lists}.items():
            columns[name].append(cell)
    lengths = np.cumsum([0, *map(len, columns["step"])])
    for field in SCHEMA:
        flat = pa.concat_arrays([pa.array([], field.type), *columns[field.name]])
        columns[field.name] = pa.ListArray.from_arrays(pa.array(lengths, pa.int32()), flat)
    table = pa.table([columns[name] for name in PACK_SCHEMA.names], PACK_SCHEMA)
    place = PACK_SCHEMA.get_field_index("digest")
    return table.set_column(place, PACK_SCHEMA.field(place), pa.array(digests(table), pa.binary()))


def packed(table: pa.Table) -> tuple[str, bytes]:
    """Name and content of the file of some runs, which are equal for equal runs.

    Args:
        table: Of `PACK_SCHEMA`.

    Returns:
        The SHA-256 of the content in hexadecimal digits with the ending .parquet, and the content.
    """
    buffer = io.BytesIO()
    first = pd.Series(table["run"].to_pylist()).drop_duplicates().sort_values()
    ordered = table.take(first.index.to_numpy()).combine_chunks()
    pq.write_table(ordered, buffer, compression="zstd", write_page_checksum=True, row_group_size=GROUP)
    data = buffer.getvalue()
    return f"{hashlib.sha256(data).hexdigest()}.parquet", data


def digests(table: pa.Table) -> list[bytes]:
    """SHA-256 of the content of each run, which no change of the file format changes."""
    texts = (table[name].to_pylist() for name in ("run", "diverged", "spec", "record"))
    cells = (_cells(table[name].combine_chunks()) for name in SCHEMA.names)
    return [
        hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in (repr(row[:4]).encode(), *row[4:]))).digest()
        for row in zip(*texts, *cells, strict=True)
    ]


def _cells(lists: pa.ListArray) -> Iterator[bytes]:
    """The list of each run as bytes."""
    flat = lists.flatten().to_numpy(zero_copy_only=False)
    ends = np.cumsum([0, *lists.value_lengths().to_pylist()])
    for start, end in pairwise(ends):
        cells = flat[start:end]
        yield "\0".join(cells).encode() if cells.dtype == object else cells.tobytes()


def measurements(table: pa.Table) -> pa.Table:
    """All measurements of some runs, one below the other, as a table of `SCHEMA`."""
    return pa.table([pc.list_flatten(table[name]) for name in SCHEMA.names], SCHEMA)


def chosen(table: pa.Table, runs: Iterable[str]) -> pa.Table:
    """Those rows of a table of `PACK_SCHEMA` that are of some runs."""
    return table.filter(pc.is_in(table["run"], pa.array([*runs], pa.string())))
