"""Who makes which runs at this moment, so that two sweeps on one store do not make the same run twice at once."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from platform import node
from typing import Any

from spectra.store.durable import explained
from spectra.store.file_lock import kernel, lock
from spectra.store.regular_file import RECORD
from spectra.training.sealed_json import sealed, unsealed

BEAT = 5.0
"""Seconds between two signs of life."""

SILENCE = 120.0
"""Seconds without a sign of life that mean death; network file systems may show a file as it was for a minute."""

POLL = 1.0
"""Seconds between two looks at a silent holder."""


class Claims:
    """The runs that one worker may make.

    Attributes:
        mine: Runs that nobody else makes while this worker lives.
        elsewhere: Runs that somebody else is making.
    """

    def __init__(self, mine: frozenset[str], elsewhere: frozenset[str], path: Path) -> None:
        """Claims that stand in a file; there is none if there are none."""
        self.mine = mine
        self.elsewhere = elsewhere
        self._path = path
        self._beats, self._last = 0, time.monotonic()

    def beat(self) -> None:
        """Show other hosts that this worker lives; call it every few seconds, or as often as you like."""
        if time.monotonic() - self._last < BEAT:
            return
        # The time of the file is a count: no clock that might jump is read, here or by those who watch.
        self._beats, self._last = self._beats + 1, time.monotonic()
        with suppress(OSError):  # at worst, another host makes these runs too
            os.utime(self._path, (self._beats, self._beats))


@contextmanager
def claimed(folder: Path, identities: Sequence[str]) -> Iterator[Claims]:
    """Hold those of some runs that nobody else holds, until the end of the context or of the process.

    A holder is a file in `claims/` that lists its runs and is locked while its process lives: on one host a lock tells
    the living from the dead at once and without a clock, however they died. A holder on another host, whose lock may
    not be seen here, lives while its file changes. It is waited for only if it holds all that is asked for, and for no
    more than `SILENCE` seconds of this host's monotonic clock.

    On a file system without locks every holder is judged by whether its file changes, and two workers that ask at the
    same moment may both get a run: it is made twice and stored once.

    Args:
        folder: Folder of the store.
        identities: Runs that are wanted.

    Raises:
        OSError: If nothing can be written there; the message says what to do.
    """
    wanted, inside = frozenset(identities), folder / "claims"
    with explained(inside):
        inside.mkdir(parents=True, exist_ok=True)
        watch = _Watch()
        while (taken := _take(inside, wanted, watch)) is None:
            time.sleep(POLL)
    path, descriptor, mine = taken
    try:
        yield Claims(mine, wanted - mine, path)
    finally:
        if descriptor is not None:
            _forget(path)
            os.close(descriptor)


def held(folder: Path) -> frozenset[str]:
    """Runs that somebody may be making at this moment; holders that died on this host are cleared away."""
    inside = folder / "claims"
    if not inside.is_dir():
        return frozenset()
    with explained(inside):
        return frozenset().union(*(holder.runs for holder in _holders(inside)))


@dataclass(frozen=True)
class _Holder:
    path: Path
    runs: frozenset[str]
    beats: int  # before the first one, any number
    locked: bool  # for sure alive


class _Watch:
    """What has been seen of holders that no lock tells about."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[int, float]] = {}

    def alive(self, holder: _Holder) -> bool | None:
        """Whether a holder lives; None while that is not known."""
        beats, since = self._seen.setdefault(holder.path, (holder.beats, time.monotonic()))
        if holder.locked or beats != holder.beats:
            return True
        return False if time.monotonic() - since > SILENCE else None


def _take(inside: Path, wanted: frozenset[str], watch: _Watch) -> tuple[Path, int | None, frozenset[str]] | None:
    """The file of new claims, its descriptor, and what they hold; None if that is not known yet."""
    with _one_at_a_time(inside):
        alive = {holder: watch.alive(holder) for holder in _holders(inside) if holder.runs & wanted}
        for holder in [holder for holder, lives in alive.items() if lives is False]:
            _forget(holder.path)
            del alive[holder]
        mine = wanted.difference(*(holder.runs for holder in alive))
        if not mine:
            return None if None in alive.values() else (inside / "none", None, mine)
        path = inside / f"{secrets.token_hex(8)}.json"
        return path, _written(path, mine), mine


def _written(path: Path, runs: frozenset[str]) -> int:
    """Descriptor of a new file of claims, which is locked before anybody can see it."""
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        lock(descriptor)
        facts = {"host": node(), "kernel": kernel(), "process": os.getpid(), "runs": sorted(runs)}
        with open(descriptor, "wb", closefd=False) as file:  # a full disk may take a part, and a file sees to the rest
            file.write(sealed(facts))
        beside.rename(path)
    except BaseException:
        _forget(beside)
        os.close(descriptor)
        raise
    return descriptor


def _holders(inside: Path) -> list[_Holder]:
    """All holders but those that are known to be dead, whose files are removed."""
    # Whoever opens a pipe waits for ever, and a stranger may have put one there.
    found = (_holder(path) for path in [*inside.iterdir()] if path.suffix in {".json", ".new"} and path.is_file())
    return [holder for holder in found if holder is not None]


def _holder(path: Path) -> _Holder | None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:  # it has just ended
        return None
    try:
        free = lock(descriptor, shared=True)
        with open(descriptor, "rb", closefd=False) as file:
            facts = _facts(file.read(RECORD))
        holder = _Holder(path, frozenset(facts["runs"]), os.fstat(descriptor).st_mtime_ns, locked=free is False)
    finally:
        os.close(descriptor)
    # What cannot be read is garbage, or is being written by a host whose locks are not seen here.
    dead = facts["kernel"] == kernel() or (facts["kernel"] is None and path.suffix == ".json")
    if free and dead:
        _forget(path)
    return None if free and dead else holder


def _forget(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _facts(data: bytes) -> dict[str, Any]:
    with suppress(ValueError, KeyError, TypeError):
        facts = unsealed(data)
        return {"kernel": str(facts["kernel"]), "runs": tuple(map(str, facts["runs"]))}
    return {"kernel": None, "runs": ()}


@contextmanager
def _one_at_a_time(inside: Path) -> Iterator[None]:
    if (inside / "lock").is_symlink():
        raise FileExistsError(f"{inside / 'lock'} is a link, and would be made elsewhere; remove it")
    with (inside / "lock").open("ab") as file:
        lock(file.fileno(), wait=True)
        yield
