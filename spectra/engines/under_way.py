"""What is being made at this moment: told by workers, read by whoever watches."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from spectra.engines.maker import Maker, this_process
from spectra.engines.progress_record import UnderWay, read_records, remove_records, write_record

if TYPE_CHECKING:
    from spectra.training import Moment, RunSpec

__all__ = ["Reporter", "UnderWay", "reported", "under_way"]

BETWEEN = 1.0
"""Seconds between two writes of one record: people do not read faster, and a shared file system is spared."""

PATIENCE = 60.0
"""Seconds without a write after which a maker on another machine is no longer taken for alive: network file systems
show a change after up to about as long as they cache attributes, 3 to 60 seconds by default in nfs(5)."""


class Reporter:
    """Writes how far a piece is.

    A record only serves those who watch. That it cannot be written, because the disk is full or has gone, is
    therefore no reason for a run to fail: the record is then old or absent, and the next write is tried in its turn.
    """

    def __init__(self, path: Path, record: UnderWay) -> None:
        """Begin with what is known before the first update, and write it.

        Args:
            path: Where the record goes.
            record: The first.
        """
        self._path, self._record, self._start = path, record, record.changed
        self._begun = False
        self._write()

    def moment(self, moment: Moment) -> None:
        """Take note of a moment; it is written if the last write was a second ago.

        Args:
            moment: Where the training is. Its losses are asked for only when they are written, because on an
                accelerator the answer waits for all work to end.
        """
        if not self._begun:
            self._begun, self._record = True, replace(self._record, begun_at=moment.step, step=moment.step)
        if time.monotonic() - self._record.changed >= BETWEEN:
            losses = tuple(loss if math.isfinite(loss) else None for loss in moment.losses())
            self._record = replace(self._record, step=moment.step, steps=moment.steps, losses=losses)
            self._write()

    def _write(self) -> None:
        now, writes = time.monotonic(), self._record.writes + 1
        self._record = replace(self._record, seconds=round(now - self._start, 3), changed=now, writes=writes)
        with suppress(OSError):
            write_record(self._path, self._record)


@contextmanager
def reported(folder: Path, specs: Sequence[RunSpec], device: str) -> Iterator[Reporter]:
    """Tell those who watch what this process is making, for as long as it does.

    Args:
        folder: Folder of the store.
        specs: The runs that train as one cohort. The caller holds their claims, so that records which earlier makers
            of the same runs left behind are removed.
        device: Where their tensors live.

    Yields:
        What is to be told of every moment.
    """
    work, maker, runs = folder / "work", this_process(), tuple(spec.identity for spec in specs)
    with suppress(OSError):
        work.mkdir(parents=True, exist_ok=True)
    remove_records(path for path, record in read_records(work).items() if {*runs} & {*record.runs})
    path = work / f"{runs[0]}-{maker.pid}-{secrets.token_hex(4)}.json"
    steps = max(spec.steps + spec.pretraining for spec in specs)
    try:
        yield Reporter(path, UnderWay(maker, device, runs, 0, steps, 0, 0.0, (), 0, time.monotonic()))
    finally:
        remove_records([path])


def under_way(folder: Path, before: Iterable[UnderWay] = ()) -> tuple[UnderWay, ...]:
    """What is being made into a store. Records of the dead, and damaged ones, are removed.

    Args:
        folder: Folder of the store.
        before: What an earlier call returned: makers on other machines are known to live by what has changed since.

    Returns:
        The records, what began first first; those of a newer format are left out.
    """
    known = {(record.maker, record.runs): record for record in before}
    found, dead = [], []
    for path, record in read_records(folder / "work").items():
        alive = record.maker.alive
        if alive is False:
            dead.append(path)
        else:
            found.append(replace(record, alive=True) if alive else _from_afar(record, known))
    remove_records(dead)
    return tuple(sorted(found, key=lambda record: (-record.seconds, record.runs)))


def _from_afar(record: UnderWay, known: dict[tuple[Maker, tuple[str, ...]], UnderWay]) -> UnderWay:
    """A record of another machine, whose clock says nothing here."""
    earlier, now = known.get((record.maker, record.runs)), time.monotonic()
    if earlier is None:
        return replace(record, changed=now, alive=None)
    if record.writes != earlier.writes:
        return replace(record, changed=now, alive=True)
    still = earlier.alive if now - earlier.changed < PATIENCE else None
    return replace(record, changed=earlier.changed, alive=still)
