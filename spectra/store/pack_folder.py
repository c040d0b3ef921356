"""The packs of a store: which there are, and what is done about damaged ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from pathlib import Path

import pyarrow as pa

from spectra.plain_text import printable
from spectra.store.durable import explained, partial_folder, sync_folder, write_folder
from spectra.store.pack_reading import names, salvaged, unpacked
from spectra.store.packs import NAME, packed
from spectra.store.quarantine import Quarantined, quarantine
from spectra.store.regular_file import LARGE, content_of


class PackFolder:
    """Packs in a folder, each of which appears by one rename and is never changed.

    A damaged pack goes to quarantine as a whole; those of its runs that are as they were written come back as a new
    pack first, so that only damaged runs are lost. Where the folder cannot be written they are read from the damaged
    one.
    """

    def __init__(self, store: Path) -> None:
        """The packs of a store, whose folder need not exist yet."""
        self.folder = store / "packs"
        self._partial, self._quarantine = store / ".partial", store / "quarantine"
        self._salvaged: dict[str, pa.Table] = {}  # what is whole in packs that are damaged and could not be moved
        self.immovable: list[Quarantined] = []

    def __iter__(self) -> Iterator[str]:
        """Names of the packs."""
        # While one look goes on, packs may be merged: it may miss the new one and the old ones. Two equal looks do not.
        before, now = None, self._look()
        while before != now:
            before, now = now, self._look()
        return iter(sorted(now))

    def holding(self, identities: Set[str]) -> dict[str, frozenset[str]]:
        """Packs that hold some of these runs, with those that each holds; no byte is verified yet."""
        found = {name: self.runs(name) & identities for name in self} if identities else {}
        return {name: runs for name, runs in found.items() if runs}

    def runs(self, name: str) -> frozenset[str]:
        """Identities of the runs in a pack, not verified; none if it is gone."""
        if name in self._salvaged:
            return frozenset(self._salvaged[name]["run"].to_pylist())
        try:
            return names(self.folder / name)
        except FileNotFoundError:
            return frozenset()
        except ValueError:
            whole = self.read(name)  # which moves it out of the way, if it is damaged
            return frozenset() if whole is None else frozenset(whole["run"].to_pylist())

    def read(self, name: str, *, measured: bool = True) -> pa.Table | None:
        """The runs in a pack with every byte verified, of `PACK_SCHEMA`, without damaged ones; None if it is gone.

        Raises:
            OSError: If it cannot be read for other reasons than damage.
        """
        if name in self._salvaged:
            return self._salvaged[name]
        data = b""
        try:
            with explained(self.folder / name):
                data = content_of(self.folder / name, LARGE)
            return unpacked(name, data, measured=measured)
        except FileNotFoundError:
            return None
        except ValueError as error:
            return self._set_aside(name, salvaged(data), printable(str(error), lines=True))

    def add(self, table: pa.Table) -> str:
        """Store some runs as a new pack; when this returns it is on the disk and was read back.

        Returns:
            Its name.

        Raises:
            OSError: If it cannot be written; the message says what to do.
            ValueError: If it is not read as it was written, or holds no runs; nothing was stored.
        """
        name, data = packed(table)
        with explained(self.folder), partial_folder(self._partial, "pack") as beside:
            self.folder.mkdir(exist_ok=True)
            write_folder(beside, {name: data})
            unpacked(name, (beside / name).read_bytes())
            (beside / name).replace(self.folder / name)
            sync_folder(self.folder)
        return name

    def remove(self, chosen: Iterable[str]) -> None:
        """Remove packs whose runs are stored elsewhere or are not wanted any more."""
        with explained(self.folder):
            for name in chosen:
                (self.folder / name).unlink(missing_ok=True)

    def _look(self) -> frozenset[str]:
        with explained(self.folder):
            inside = [*self.folder.iterdir()] if self.folder.is_dir() else []
        return frozenset(path.name for path in inside if NAME.fullmatch(path.name))

    def _set_aside(self, name: str, whole: pa.Table, reason: str) -> pa.Table:
        kept = frozenset(whole["run"].to_pylist())
        try:
            lost = sorted(names(self.folder / name) - kept)
        except (OSError, ValueError):
            lost = []
        reason = f"{reason}; {len(kept)} of its runs are whole and are kept"
        try:
            if kept:
                self.add(whole)
            quarantine(self.folder / name, self._quarantine, reason, lost)
        except FileNotFoundError:  # another process has moved it
            pass
        except OSError as error:
            self._salvaged[name] = whole
            reason = f"{reason}; it could not be moved: {error}"
            self.immovable += [Quarantined(run, self.folder / name, reason) for run in lost]
        return whole
