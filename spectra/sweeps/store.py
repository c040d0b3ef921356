"""Finished runs on disk: the memo of the function from a spec to a table."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from spectra.sweeps.durable import explained, partial_folder, sweep_partials, sync_folder, write_folder
from spectra.sweeps.failures import Failure, read_failure, write_failure
from spectra.sweeps.loaded import Loaded, failure_table, long_table, provenance_table
from spectra.sweeps.provenance import Provenance
from spectra.sweeps.quarantine import Quarantined, quarantine, quarantined
from spectra.sweeps.run_folder import Contents, files, verified
from spectra.sweeps.store_format import about, check_format
from spectra.training import RunSpec


class RunStore:
    """A folder of finished runs, one folder each, named after its identity.

    ```
    store.json                        number of the format
    <identity>/spec.json              canonical settings: the identity is their hash
    <identity>/measurements.parquet   step, quantity, index, value
    <identity>/run.json               digests of these two and of itself; how the run was made
    failed/<identity>.json            why a run has not finished
    quarantine/<identity>-<n>         a run that was not as it was written, with the reason beside it
    .partial/                         what is being written
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
        self._diverged: dict[str, bool] = {}  # runs that this object has verified, by identity
        self._immovable: dict[str, Quarantined] = {}
        with explained(self.folder):
            check_format(self.folder)

    def prepare(self) -> None:
        """Create what is missing, check that runs can be written, and clear up after processes that died writing.

        Raises:
            OSError: If the store cannot be written; the message says what to do.
        """
        with explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            sweep_partials(self._partial)
            with partial_folder(self._partial, "prepare") as beside:
                write_folder(beside, {"store.json": about()})
                if not (self.folder / "store.json").exists():
                    (beside / "store.json").replace(self.folder / "store.json")
                    sync_folder(self.folder)

    def has(self, spec: RunSpec) -> bool:
        """Whether a run is done. Its bytes are verified the first time; a damaged run is quarantined, and not done.

        Raises:
            OSError: If it cannot be read for other reasons than damage.
        """
        return spec.identity in self._diverged or self._read(spec.identity) is not None

    def diverged(self, spec: RunSpec) -> bool:
        """Whether a run is done and diverged."""
        return self.has(spec) and self._diverged[spec.identity]

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
        content, final = files(spec, table, provenance), self.folder / spec.identity
        if not (self.folder / "store.json").exists():
            self.prepare()
        with explained(final), partial_folder(self._partial, spec.identity) as beside:
            write_folder(beside, content)
            # Moving damaged runs out of the way makes room at once; only another writer can take it again.
            while not self.has(spec):
                try:
                    beside.rename(final)
                except OSError:
                    if spec.identity in self._immovable or not final.exists():
                        raise
            sync_folder(self.folder)
            self._failed(spec.identity).unlink(missing_ok=True)

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
        read = {identity: contents for identity in wanted if (contents := self._read(identity)) is not None}
        missing = tuple(spec for identity, spec in wanted.items() if identity not in read)
        done = [wanted[identity] for identity in read]
        return Loaded(
            table=long_table(done, [contents.table() for contents in read.values()]),
            provenance=provenance_table(read),
            failures=failure_table(self.failures(missing)),
            missing=missing,
            quarantined=self.quarantined(missing),
        )

    def quarantined(self, specs: Iterable[RunSpec]) -> tuple[Quarantined, ...]:
        """Damaged runs among some specs, those of earlier times included."""
        with explained(self.folder):
            moved = quarantined(self._quarantine)
        names = {spec.identity for spec in specs}
        return tuple(entry for entry in (*moved, *self._immovable.values()) if entry.run in names)

    def fail(self, spec: RunSpec, *, error: str, traceback: str = "") -> None:
        """Record why a run did not finish; the record goes away when it does.

        Args:
            spec: Settings of the run.
            error: What happened, in a line or two.
            traceback: Where in the code.

        Raises:
            OSError: If it cannot be written; the message says what to do.
        """
        self.prepare()
        with explained(self.folder), partial_folder(self._partial, spec.identity) as beside:
            write_failure(beside, self._failed(spec.identity), Failure(spec.identity, error, traceback), spec)

    def failures(self, specs: Iterable[RunSpec]) -> tuple[Failure, ...]:
        """Records of those runs that have failed and are still not done."""
        with explained(self.folder):
            records = (read_failure(self._failed(spec.identity)) for spec in specs if not self.has(spec))
            return tuple(record for record in records if record is not None)

    @property
    def _partial(self) -> Path:
        return self.folder / ".partial"

    @property
    def _quarantine(self) -> Path:
        return self.folder / "quarantine"

    def _failed(self, identity: str) -> Path:
        return self.folder / "failed" / f"{identity}.json"

    def _read(self, identity: str) -> Contents | None:
        """A run with every byte verified; None if it is not there or was damaged, and is now in quarantine."""
        folder = self.folder / identity
        # A run appears whole by one rename: looked at only when it is there, no file of it can be missing for a moment.
        if not os.path.lexists(folder):
            return None
        try:
            with explained(folder):
                contents = verified(folder, identity)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            if not os.path.lexists(folder):
                return None
            reason = f"it is incomplete: {error}"
        except ValueError as error:
            reason = str(error)
        else:
            self._diverged[identity] = contents.diverged
            return contents
        self._diverged.pop(identity, None)
        try:
            quarantine(folder, self._quarantine, reason)
        except FileNotFoundError:  # another process has moved it
            pass
        except OSError as error:
            self._immovable[identity] = Quarantined(identity, folder, f"{reason}; it could not be moved: {error}")
        return None
