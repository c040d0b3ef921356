"""TensorBoard event files, every scalar of them, without TensorBoard and with all checksums verified."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from spectra.fitting.saved.event_scalars import Event, event
from spectra.fitting.saved.records import WRONG, records
from spectra.fitting.saved.source import Batch, Source

FIXED = ("step", "wall_time")


@dataclass(frozen=True)
class Written:
    """What was written under one tag: four columns of equal length, 32 bytes a row."""

    places: array[float] = field(default_factory=lambda: array("d"))
    steps: array[float] = field(default_factory=lambda: array("d"))
    times: array[float] = field(default_factory=lambda: array("d"))
    values: array[float] = field(default_factory=lambda: array("d"))

    def append(self, place: int, said: Event, value: float) -> None:
        """Add a row."""
        for column, cell in zip(self.columns(), (place, said.step, said.wall_time, value), strict=True):
            column.append(cell)

    def columns(self) -> tuple[array[float], ...]:
        """The columns."""
        return self.places, self.steps, self.times, self.values

    def valid(self, restarts: Sequence[tuple[int, int]]) -> Written:
        """The rows that no later restart voids; restarts are pairs of place and step, in the order of the file."""
        places, steps = zip(*restarts, strict=True)
        lowest = np.append(np.minimum.accumulate(np.array(steps, dtype=np.float64)[::-1])[::-1], np.inf)
        kept = np.array(self.steps) < lowest[np.searchsorted(places, self.places, side="right")]
        return Written(*(array("d", np.array(column)[kept].tobytes()) for column in self.columns()))


def event_files(path: Path, paths: Sequence[Path]) -> Source:
    """The event files of one run in the order of their names; columns are "step", "wall_time" and the tags.

    A scalar that is itself called "step" or "wall_time" becomes "step (scalar)" or "wall_time (scalar)".

    A restart that the writer recorded voids what was written before at that step or later, as TensorBoard does.
    Records that fail a checksum, or are cut off, are passed over and counted.
    """
    tags: dict[str, Written] = {}
    passed_over: dict[str, list[int]] = {}
    restarts: list[tuple[int, int]] = []
    before = 0
    for file in paths:
        place = before
        for record in records(file):
            place = before + record.number
            said = _event(record.data) if not record.fault else None
            if said is None:
                passed_over.setdefault(record.fault or WRONG, []).append(place)
                continue
            if said.restart:
                restarts.append((place, said.step))
            for tag, value in said.scalars:
                name = f"{tag} (scalar)" if tag in FIXED else tag
                tags.setdefault(name, Written()).append(place, said, value)
        before = place
    valid = {tag: written.valid(restarts) for tag, written in tags.items()} if restarts else tags
    void = sum(len(tags[tag].steps) - len(valid[tag].steps) for tag in tags)
    notes = (
        [f"{path.name}: {void} scalars were written again after a restart; the first ones were dropped."]
        if void
        else []
    )

    def rows(asked: Collection[str], labels: Collection[str] = ()) -> Iterator[Batch]:
        for tag in (tag for tag in valid if tag in asked or tag in labels):
            places, *others = valid[tag].columns()
            named = zip((*FIXED, tag), others, strict=True)
            yield Batch(np.array(places, dtype=np.int64), {name: np.array(column) for name, column in named})
        yield Batch(np.empty(0, dtype=np.int64), {}, passed_over)

    return Source(path, tuple(paths), "record", (*FIXED, *tags), rows, tuple(notes))


def _event(data: bytes) -> Event | None:
    try:
        return event(data)
    except ValueError:
        return None
