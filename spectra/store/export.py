"""Finished runs for other tools: CSV, parquet, or a folder of parquet files; written a few runs at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq

from spectra.spreadsheets import guarded_text
from spectra.store.durable import explained, partial_folder, replace_folder, sync_folder
from spectra.store.loaded import PROVENANCE, Batch, joined
from spectra.store.run_folder import SCHEMA
from spectra.store.store import RunStore
from spectra.training import RunSpec

Form = Literal["csv", "parquet", "dataset"]

ROWS = 250_000
"""Rows that are gathered from folders before they are written; those of one pack are written at once."""


def export(store: RunStore, specs: Iterable[RunSpec], out: Path, *, form: Form, overwrite: bool = False) -> int:
    """Write those of some runs that are done.

    `csv` and `parquet` are one long table as `RunStore.load` returns it. A `dataset` is a folder that DuckDB, pandas
    and others open as it is: `runs.parquet` with one row per run (run, settings, diverged, how it was made) and
    `measurements/*.parquet` (run, step, quantity, index, value). Runs come in the order in which they are stored.

    Args:
        store: Where they are.
        specs: Which.
        out: File or folder to write; it appears when it is complete.
        form: What to write. Texts in CSV that a spreadsheet would take for formulas get an apostrophe before them.
        overwrite: Whether `out` may exist; it is replaced when the new one is complete.

    Returns:
        Number of runs written.

    Raises:
        FileExistsError: If `out` exists and may not be overwritten, or is no earlier export of this form.
        OSError: If something cannot be read or written.
    """
    if os.path.lexists(out) and not (overwrite and _earlier(out, form)):
        why = " and is no earlier export" if overwrite else ""
        raise FileExistsError(f"{out} exists already{why}; remove it, or choose another place")
    wanted = {spec.identity: spec for spec in specs}
    settings = _settings(wanted)
    write = {"csv": _csv, "parquet": _parquet, "dataset": _dataset}[form]
    with explained(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with partial_folder(out.parent, f".{out.name}") as beside:
            count = write(beside / out.name, settings, store.runs.batches(wanted))
            if out.is_dir():
                replace_folder(beside / out.name, out, beside / f"{out.name}.old")
            else:
                (beside / out.name).replace(out)
            sync_folder(out.parent)
    return count


def _earlier(out: Path, form: Form) -> bool:
    """Whether something is what an export wrote, so that no folder of something else is lost."""
    if form != "dataset":
        return out.is_file() and not out.is_symlink()
    return out.is_dir() and {entry.name for entry in out.iterdir()} <= {"runs.parquet", "measurements"}


def _settings(specs: Mapping[str, RunSpec]) -> pa.Table:
    """Settings of runs by their identity, one row each; where a run has no such setting, it is null."""
    rows = [spec.columns() for spec in specs.values()]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: _array([row.get(name) for row in rows]) for name in names}
    return pa.table({**columns, "run": pa.array([*specs], pa.string())})


def _array(values: Sequence[Any]) -> pa.Array:
    """Plain values as a column; where they are of several types or no single values, as JSON text."""
    if not any(isinstance(value, (list, tuple, dict)) for value in values):
        try:
            made = pa.array(values)
            # Settings that no run has are numbers more often than not; as text they could not be joined with others.
            return made.cast(pa.float64()) if pa.types.is_null(made.type) else made
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            pass
    return pa.array([None if value is None else json.dumps(value) for value in values], pa.string())


def _csv(path: Path, settings: pa.Table, batches: Iterable[Batch]) -> int:
    count = 0
    with csv.CSVWriter(path, _long_schema(settings)) as writer:
        for portion in _portions(batches):
            for batch in _safe(_long(settings, portion)).to_batches():
                if batch.num_rows:  # pyarrow 18 would write what came before it once more
                    writer.write_batch(batch)
            count += len(portion.runs)
    return count


def _parquet(path: Path, settings: pa.Table, batches: Iterable[Batch]) -> int:
    count = 0
    with _parquet_writer(path, _long_schema(settings)) as writer:
        for portion in _portions(batches):
            writer.write_table(_long(settings, portion))
            count += len(portion.runs)
    return count


def _dataset(path: Path, settings: pa.Table, batches: Iterable[Batch]) -> int:
    (path / "measurements").mkdir(parents=True)
    runs: list[str] = []
    facts: list[Mapping[str, Any]] = []
    for number, portion in enumerate(_portions(batches)):
        repeated = np.repeat(np.array(portion.runs), portion.lengths)
        table = portion.measurements.add_column(0, "run", pa.array(repeated, pa.string()))
        with _parquet_writer(path / "measurements" / f"{number:06}.parquet", table.schema) as writer:
            writer.write_table(table)
        runs += portion.runs
        facts += portion.facts
    table = _rows(settings, runs)
    columns = {"diverged": [fact["diverged"] for fact in facts]}
    columns |= {name: [fact["provenance"].get(name) for fact in facts] for name in PROVENANCE}
    for name, values in columns.items():
        if name not in table.column_names:  # threads are a setting
            table = table.append_column(name, _array(values))
    with _parquet_writer(path / "runs.parquet", table.schema) as writer:
        writer.write_table(table)
    return len(runs)


def _portions(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Put batches together until they have enough rows."""
    gathered: list[Batch] = []
    rows = 0
    for batch in batches:
        gathered.append(batch)
        rows += batch.measurements.num_rows
        if rows >= ROWS:
            yield joined(gathered)
            gathered, rows = [], 0
    if gathered:
        yield joined(gathered)


def _rows(settings: pa.Table, runs: Iterable[str]) -> pa.Table:
    return settings.take(pc.index_in(pa.array([*runs], pa.string()), settings["run"].combine_chunks()))


def _long(settings: pa.Table, batch: Batch) -> pa.Table:
    repeated = _rows(settings, batch.runs).take(np.repeat(np.arange(len(batch.runs)), batch.lengths))
    return pa.table([*repeated.columns, *batch.measurements.columns], _long_schema(settings))


def _long_schema(settings: pa.Table) -> pa.Schema:
    return pa.schema([*settings.schema, *SCHEMA])


def _parquet_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, schema, compression="zstd", write_page_checksum=True)


def _safe(table: pa.Table) -> pa.Table:
    """The same without texts that a spreadsheet would take for formulas."""
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            coded = table[field.name].combine_chunks().dictionary_encode()
            words = [guarded_text(word) for word in coded.dictionary.to_pylist()]
            column = pa.DictionaryArray.from_arrays(coded.indices, pa.array(words, pa.string()))
            table = table.set_column(place, field, column.cast(pa.string()))
    return table
