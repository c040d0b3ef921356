"""Gathering finished runs into packs."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from spectra.store.claims import held
from spectra.store.durable import explained, partial_folder
from spectra.store.packs import ROWS, RUNS, chosen, rows
from spectra.store.run_folder import IDENTITY
from spectra.store.store_format import raise_format

if TYPE_CHECKING:
    from spectra.store.stored_runs import StoredRuns


@dataclass(frozen=True)
class Compaction:
    """What was gathered."""

    folders: int  # runs that had a folder of their own
    packs: int  # packs that were not full
    into: int  # new packs


def run_folders(folder: Path) -> frozenset[str]:
    """Identities of the runs in a store that have a folder of their own."""
    with explained(folder):
        inside = [*folder.iterdir()] if folder.is_dir() else []
    return frozenset(path.name for path in inside if IDENTITY.fullmatch(path.name))


def compacted(stored: StoredRuns, wanted: Collection[str] | None) -> Compaction:
    """Gather the run folders of a store, and packs that are not full, into new packs.

    A folder goes only after the pack with its run is on the disk and was read back. Until then the run is in both,
    and whoever reads takes the folder. Readers, writers and other compactions may go on meanwhile.

    Args:
        stored: What is compacted.
        wanted: Identities of the runs whose folders are gathered; None for all.

    Returns:
        How much there was.

    Raises:
        OSError: If something cannot be read or written; the store is whole, and the next compaction goes on.
    """
    folders = set(run_folders(stored.folder))
    if wanted is not None:
        folders &= set(wanted)
    gathered, packs, into = len(folders), 0, 0
    folders -= _packed_already(stored, folders)
    for portion in _portions(stored, folders):
        old = [source for source in portion if source.endswith(".parquet")]
        if len(portion) == len(old) == 1:  # it would become itself
            continue
        raise_format(stored.folder, stored.partial)
        name = stored.packs.add(pa.concat_tables(portion.values()))
        if stored.packs.read(name, measured=False) is None:  # somebody else has merged it already
            continue
        drop_folders(stored, [source for source in portion if source not in old])
        stored.packs.remove(source for source in old if source != name)
        packs, into = packs + len(old), into + 1
    return Compaction(gathered, packs, into)


def removed(stored: StoredRuns, runs: Collection[str]) -> None:
    """Remove finished runs; packs are written anew with what is left of them.

    Args:
        stored: Where they are.
        runs: Identities.

    Raises:
        OSError: If something cannot be read or written.
    """
    for name in stored.packs.holding(frozenset(runs)):
        table = stored.packs.read(name)
        if table is not None:
            rest = frozenset(table["run"].to_pylist()).difference(runs)
            if rest:
                stored.packs.add(chosen(table, rest))
            stored.packs.remove([name])
    drop_folders(stored, runs)


def drop_folders(stored: StoredRuns, runs: Collection[str]) -> None:
    """Remove run folders: each by one rename first, so that no reader sees half of one."""
    with explained(stored.folder), partial_folder(stored.partial, "dropped") as beside:
        for identity in runs:
            with suppress(FileNotFoundError):  # it is in a pack alone, or somebody else was faster
                (stored.folder / identity).rename(beside / identity)


def sweep_checkpoints(stored: StoredRuns) -> None:
    """Remove checkpoints of finished runs: their makers died between the two steps."""
    work, busy = stored.folder / "work", held(stored.folder)
    begun = {path.name for path in work.iterdir() if IDENTITY.fullmatch(path.name)} - busy if work.is_dir() else set()
    finished = {name for name in begun if (stored.folder / name).is_dir()}
    for name in finished.union(*stored.packs.holding(begun).values()):
        shutil.rmtree(work / name, ignore_errors=True)


def _packed_already(stored: StoredRuns, folders: Collection[str]) -> set[str]:
    """Runs of which a compaction that was cut short, or two writers, left a pack and a folder; the folder goes."""
    done: set[str] = set()
    for name, runs in stored.packs.holding(frozenset(folders)).items():
        whole = stored.packs.read(name, measured=False)
        if whole is not None:
            done |= runs.intersection(whole["run"].to_pylist())
    if done:
        drop_folders(stored, done)
    return done


def _portions(stored: StoredRuns, folders: Collection[str]) -> Iterator[dict[str, pa.Table]]:
    """Runs by the folder or pack that they come from, as many at a time as one pack holds."""
    portion: dict[str, pa.Table] = {}
    runs = measured = 0
    for source, table in _sources(stored, folders):
        count = pc.sum(pc.list_value_length(table["step"])).as_py() or 0
        if portion and (runs + table.num_rows > RUNS or measured + count > ROWS):
            yield portion
            portion, runs, measured = {}, 0, 0
        portion[source] = table
        runs, measured = runs + table.num_rows, measured + count
    if portion:
        yield portion


def _sources(stored: StoredRuns, folders: Collection[str]) -> Iterator[tuple[str, pa.Table]]:
    for name in stored.packs:
        small = len(stored.packs.runs(name)) <= RUNS // 2
        table = stored.packs.read(name) if small else None
        if table is not None and table.num_rows:
            yield name, table
    for identity in sorted(folders):
        run = stored.read_folder(identity)
        if run is not None:
            yield identity, rows([run])
