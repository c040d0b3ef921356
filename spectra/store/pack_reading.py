"""Reading packs: every byte is verified, and what a stranger wrote into one is refused."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from spectra.store.bounded_parquet import GARBAGE, MOST_BYTES, group_of, parquet_file, require_full, rows_of
from spectra.store.packs import PACK_SCHEMA, digests
from spectra.store.run_folder import IDENTITY, SCHEMA, facts_of


def unpacked(name: str, data: bytes, *, measured: bool = True) -> pa.Table:
    """The runs in a pack, every byte verified.

    Args:
        name: Of its file.
        data: Its content.
        measured: Whether to return more than `run` and `diverged`.

    Returns:
        A table of `PACK_SCHEMA`.

    Raises:
        ValueError: If a byte is not as it was written, or what was written are no runs.
    """
    if f"{hashlib.sha256(data).hexdigest()}.parquet" != name:
        raise ValueError("its bytes do not match the digest in its name")
    try:
        file = parquet_file(pa.py_buffer(data), PACK_SCHEMA)
        table = rows_of(file, PACK_SCHEMA, None if measured else ["run", "diverged"])
    except GARBAGE as error:
        raise ValueError(f"it is no pack: {error}") from error
    _require_runs(table)
    return table


def salvaged(data: bytes) -> pa.Table:
    """Those runs of a damaged pack that are as they were written, each by its own digest."""
    try:
        # Without page checksums, so that damage costs the runs that it changed and not all runs of the page.
        file = parquet_file(pa.py_buffer(data), PACK_SCHEMA, checked=False)
        groups = range(file.num_row_groups)
    except GARBAGE:
        return PACK_SCHEMA.empty_table()
    whole = [PACK_SCHEMA.empty_table()]
    for group in groups:
        if sum(table.nbytes for table in whole) > MOST_BYTES:
            break
        try:
            found = group_of(file, group, PACK_SCHEMA)
            kept = [made == stored.as_py() for made, stored in zip(digests(found), found["digest"], strict=True)]
            found = found.filter(pa.array(kept, pa.bool_()))
            _require_runs(found)
            whole.append(found)
        except GARBAGE:
            continue
    return pa.concat_tables(whole)


def names(path: Path) -> frozenset[str]:
    """Identities of the runs in a pack, not verified: whoever finds a run here must verify the pack.

    Raises:
        FileNotFoundError: If it is not there any more.
        ValueError: If it cannot be read at all.
    """
    return _names(str(path))


@lru_cache(maxsize=4096)  # a pack is never changed under its name, and a worker asks again for every piece
def _names(path: str) -> frozenset[str]:
    try:
        if not Path(path).is_file():  # whoever opens a pipe waits for ever
            raise FileNotFoundError(f"there is no pack {path}")
        found = rows_of(parquet_file(path, PACK_SCHEMA), PACK_SCHEMA, ["run"])
    except FileNotFoundError:
        raise
    except GARBAGE as error:
        raise ValueError(str(error)) from error
    _require_runs(found)
    return frozenset(found["run"].to_pylist())


def _require_runs(table: pa.Table) -> None:
    """Refuse what whoever wrote a pack wrote into it: names that would lead out of the store, and what is no run.

    Raises:
        ValueError: If a row is no run.
    """
    require_full(table)
    runs = table["run"].to_pylist()
    if strange := [run for run in runs if not IDENTITY.fullmatch(run)]:
        raise ValueError(f"it has a run called {str(strange[0])[:60]!r}, and runs have names of 16 hexadecimal digits")
    if twice := [run for run, count in Counter(runs).items() if count > 1]:
        raise ValueError(f"it has the run {twice[0]} more than once")
    if "record" not in table.column_names:
        return
    for run, spec, record in zip(runs, *(table[name].to_pylist() for name in ("spec", "record")), strict=True):
        if not facts_of(record)["run"] == hashlib.sha256(spec.encode()).hexdigest()[:16] == run:
            raise ValueError(f"it has another run under the name {run}")
    lengths = [pc.list_value_length(table[name]) for name in SCHEMA.names]
    if any(not length.equals(lengths[0]) for length in lengths):
        raise ValueError("it has runs with columns of different lengths")
    if digests(table) != table["digest"].to_pylist():
        raise ValueError("it has a run that does not match its own digest")
