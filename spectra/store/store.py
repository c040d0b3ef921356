"""Finished runs on disk: the memo of the function from a spec to a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from spectra.store.compaction import Compaction, compacted, sweep_checkpoints
from spectra.store.durable import explained, partial_folder, sweep_partials, sync_folder, write_folder, write_folders
from spectra.store.failures import Failure, read_failure, write_failure
from spectra.store.loaded import Loaded, failure_table, long_table, provenance_table
from spectra.store.provenance import Provenance
from spectra.store.quarantine import Quarantined, quarantined
from spectra.store.run_folder import contents
from spectra.store.store_format import about, check_format
from spectra.store.stored_runs import StoredRuns
from spectra.training import RunSpec


class RunStore:
    """A folder of finished runs: one folder each, named after its identity, or many in a pack.

    ```
    store.json                        number of the format
    <identity>/spec.json              canonical settings: the identity is their hash
    <identity>/measurements.parquet   step, quantity, index, value
    <identity>/run.json               digests of these two and of itself; how the run was made
    packs/<sha256>.parquet            the same of many runs, named after the digest of the file
    failed/<identity>.json            why a run has not finished
    quarantine/<name>-<n>             a run or pack that was not as it was written, with the reason beside it
    claims/ work/ .partial/           who makes what now; checkpoints; what is being written
    ```
    A run appears by one rename of a synced folder and is never changed afterwards, so any number of processes may
    write the same store: of two that finish the same run, the second discards its own. Every byte is verified on
    reading. What fails is moved to quarantine/ and counts as not done. Only `prepare` and what writes creates
    anything; a store that can only be read can be read.
    """

    def __init__(self, folder: str | Path) -> None:
        """Open a store, which need not exist yet.

        Args:
            folder: Where it is.

        Raises:
            OSError: If the place cannot be read; the message says what to do.
            ValueError: If it is a store of a newer format, or its store.json is damaged.
        """
        self.folder = Path(folder)
        self.runs = StoredRuns(self.folder)
        with explained(self.folder):
            check_format(self.folder)

    def prepare(self) -> None:
        """Create what is missing, check that runs can be written, and clear up after processes that died.

        Raises:
            OSError: If the store cannot be written; the message says what to do.
        """
        with explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            sweep_partials(self.runs.partial)
            sweep_checkpoints(self.runs)
            with partial_folder(self.runs.partial, "prepare") as beside:
                write_folder(beside, {"store.json": about()})
                if not (self.folder / "store.json").exists():
                    (beside / "store.json").replace(self.folder / "store.json")
                    sync_folder(self.folder)

    def has(self, spec: RunSpec) -> bool:
        """Whether a run is done. Its bytes are verified the first time; a damaged run is quarantined, and not done.

        Raises:
            OSError: If it cannot be read for other reasons than damage.
        """
        return not self.lacking([spec])

    def lacking(self, specs: Iterable[RunSpec]) -> tuple[RunSpec, ...]:
        """Those of some runs that are not done, as `has` knows it; one look for all is faster than one for each."""
        wanted = {spec.identity: spec for spec in specs}
        done = self.runs.known(wanted)
        return tuple(spec for name, spec in wanted.items() if name not in done)

    def diverged(self, spec: RunSpec) -> bool:
        """Whether a run is done and diverged."""
        return self.runs.known([spec.identity]).get(spec.identity, False)

    def write(self, spec: RunSpec, table: pd.DataFrame, provenance: Provenance) -> None:
        """Store a finished run, and drop the record of its earlier failure; nothing changes if it is stored already.

        Args:
            spec: Settings of the run.
            table: Its long table, as `run` returns it.
            provenance: How it was made.

        Raises:
            OSError: If it cannot be written; the message says what to do, and the store is as it was.
            ValueError: If the table is not that of a finished run.
        """
        self.write_many([(spec, table, provenance)])

    def write_many(self, runs: Sequence[tuple[RunSpec, pd.DataFrame, Provenance]]) -> None:
        """Store the runs of a cohort as `write` does, in less time than one by one.

        Raises:
            OSError: If one cannot be written; those before it may be stored.
            ValueError: If a table is not that of a finished run; none is stored.
        """
        made = {run[0].identity: contents(*run) for run in runs}
        self._prepare_once()
        with explained(self.folder), partial_folder(self.runs.partial, "runs") as beside:
            write_folders(beside, {identity: run.files for identity, run in made.items()})
            for identity in made:
                self._appear(beside / identity, identity)
            sync_folder(self.folder)
            for identity in made:
                self._failed(identity).unlink(missing_ok=True)

    def load(self, specs: Iterable[RunSpec]) -> Loaded:
        """Read finished runs.

        Args:
            specs: Which; a run named twice is read once.

        Returns:
            One long table of all that are done, their provenance, and which are missing, damaged ones included.

        Raises:
            OSError: If a run cannot be read for other reasons than damage.
        """
        wanted = {spec.identity: spec for spec in specs}
        batches = [*self.runs.batches(wanted)]
        read = {identity for batch in batches for identity in batch.runs}
        done = {identity: spec for identity, spec in wanted.items() if identity in read}
        missing = tuple(spec for identity, spec in wanted.items() if identity not in read)
        return Loaded(
            table=long_table(done, batches),
            provenance=provenance_table(done, batches),
            failures=failure_table(self.failures(missing)),
            missing=missing,
            quarantined=self.quarantined(missing),
        )

    def quarantined(self, specs: Iterable[RunSpec]) -> tuple[Quarantined, ...]:
        """Damaged runs among some specs, those of earlier times included."""
        with explained(self.folder):
            moved = quarantined(self.runs.quarantine)
        names = {spec.identity for spec in specs}
        return tuple(entry for entry in (*moved, *self.runs.immovable) if entry.run in names)

    def fail(self, spec: RunSpec, *, error: str, traceback: str = "") -> None:
        """Record why a run did not finish; the record goes away when it does.

        Args:
            spec: Settings of the run.
            error: What happened, in a line or two.
            traceback: Where in the code.

        Raises:
            OSError: If it cannot be written; the message says what to do.
        """
        self._prepare_once()
        with explained(self.folder):
            failure = Failure(spec.identity, error, traceback)
            write_failure(self.runs.partial, self._failed(spec.identity), failure, spec)

    def failures(self, specs: Iterable[RunSpec]) -> tuple[Failure, ...]:
        """Records of those runs that have failed and are still not done."""
        with explained(self.folder):
            records = (read_failure(self._failed(spec.identity)) for spec in self.lacking(specs))
            return tuple(record for record in records if record is not None)

    def compact(self, specs: Iterable[RunSpec] | None = None) -> Compaction:
        """Gather run folders, and packs that are not full, into packs; nothing else about the store changes.

        Args:
            specs: Whose folders; None for those of all runs.

        Raises:
            OSError: If something cannot be read or written; the store is whole, and the next compaction goes on.
        """
        return compacted(self.runs, None if specs is None else {spec.identity for spec in specs})

    def _failed(self, identity: str) -> Path:
        return self.folder / "failed" / f"{identity}.json"

    def _prepare_once(self) -> None:
        if not (self.folder / "store.json").exists():
            self.prepare()

    def _appear(self, beside: Path, identity: str) -> None:
        final = self.folder / identity
        # Moving damaged runs out of the way makes room at once; only another writer can take it again.
        while not self.runs.known([identity]):
            try:
                beside.rename(final)
            except OSError:
                if not final.exists() or any(identity == damaged.run for damaged in self.runs.immovable):
                    raise
