"""The finished runs of a store: found in folders and packs, with every byte verified."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from spectra.plain_text import printable
from spectra.store.durable import explained
from spectra.store.loaded import Batch
from spectra.store.pack_folder import PackFolder
from spectra.store.packs import chosen
from spectra.store.quarantine import Quarantined, quarantine
from spectra.store.run_folder import Contents, verified


class StoredRuns:
    """The finished runs of a store: found in folders and packs, with every byte verified; damaged ones are set aside.

    Attributes:
        folder: Folder of the store.
        partial: Where files are written before they appear.
        quarantine: Where damaged files go.
        packs: Those runs that share files.
    """

    def __init__(self, folder: Path) -> None:
        """The runs of a store, which need not exist yet."""
        self.folder, self.partial, self.quarantine = folder, folder / ".partial", folder / "quarantine"
        self.packs = PackFolder(folder)
        self._diverged: dict[str, bool] = {}  # what this object has verified
        self._immovable: dict[str, Quarantined] = {}

    @property
    def immovable(self) -> tuple[Quarantined, ...]:
        """Damaged runs that could not be moved out of the way."""
        return (*self._immovable.values(), *self.packs.immovable)

    def known(self, identities: Iterable[str]) -> Mapping[str, bool]:
        """Those of some runs that are there and whole, and whether each diverged; each is verified the first time.

        Raises:
            OSError: If one cannot be read for other reasons than damage.
        """
        asked = [*identities]
        for _ in self._verified([name for name in asked if name not in self._diverged], measured=False):
            pass
        return {name: self._diverged[name] for name in asked if name in self._diverged}

    def batches(self, identities: Iterable[str]) -> Iterator[Batch]:
        """Read those of some runs that are there and whole, each once and in any order, a few at a time.

        Raises:
            OSError: If one cannot be read for other reasons than damage.
        """
        for found in self._verified(identities, measured=True):
            yield Batch.of_folder(found) if isinstance(found, Contents) else Batch.of_pack(found)

    def read_folder(self, identity: str, *, measured: bool = True) -> Contents | None:
        """The run in a folder; None if it is not there, or was damaged and is in quarantine now.

        Args:
            identity: Which.
            measured: Whether its measurements are unpacked, and not only held against their digest.

        Raises:
            OSError: If it cannot be read for other reasons than damage.
        """
        folder = self.folder / identity
        self._immovable.pop(identity, None)  # this look tells anew
        # A run appears whole by one rename: looked at only when it is there, no file of it can be missing for a moment.
        if not os.path.lexists(folder):
            return None
        try:
            with explained(folder):
                run = verified(folder, identity)
                _ = run.table if measured else None
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            if not os.path.lexists(folder):
                return None
            reason = f"it is incomplete: {error}"
        except ValueError as error:
            reason = printable(str(error), lines=True)
        else:
            self._diverged[identity] = run.diverged
            return run
        self._diverged.pop(identity, None)
        try:
            quarantine(folder, self.quarantine, reason)
        except FileNotFoundError:  # another process has moved it
            pass
        except OSError as error:
            self._immovable[identity] = Quarantined(identity, folder, f"{reason}; it could not be moved: {error}")
        return None

    def _verified(self, identities: Iterable[str], *, measured: bool) -> Iterator[Contents | pa.Table]:
        """Those runs that are there and whole: each alone from folders, many at once from packs."""
        absent = set()
        for identity in identities:
            run = self.read_folder(identity, measured=measured)
            if run is None:
                absent.add(identity)
            else:
                yield run
        # A run leaves its folder only for a pack that is there already, and a pack only for another.
        while holding := self.packs.holding(absent):
            for name, runs in holding.items():
                rows = self.packs.read(name, measured=measured)
                if rows is not None:
                    self._diverged.update(zip(rows["run"].to_pylist(), rows["diverged"].to_pylist(), strict=True))
                    found = chosen(rows, runs & absent)
                    absent.difference_update(found["run"].to_pylist())
                    if found.num_rows:  # of a damaged pack, nothing may be left
                        yield found
