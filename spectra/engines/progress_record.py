"""The record of one piece that is being made, as it stands in a file."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path

from pydantic import TypeAdapter

from spectra.engines.maker import Maker
from spectra.store.regular_file import content_of
from spectra.training.sealed_json import sealed, unsealed

RECORD_FORMAT = 1
"""Raised when older code would misread a record."""

LARGEST = 2**53
"""Counts above are none, and cannot be computed with."""

_NAME = re.compile(r"[0-9a-f]{16}-\d+-[0-9a-f]{8}\.json")


@dataclass(frozen=True)
class UnderWay:
    """One piece that some process is making.

    Attributes:
        maker: Which process.
        device: Where its tensors live.
        runs: Identities of the runs that train as one cohort.
        step: Updates made.
        steps: Updates to make.
        begun_at: Updates that a checkpoint had spared.
        seconds: Wall-clock time from its begin to the last write, as the maker measured it.
        losses: Latest batch loss of each run; None where it is not a number, and empty before the first update.
        writes: How often the record was written.
        changed: When the last write was, by the monotonic clock of the reader's machine; of another machine, when the
            reader first saw it: no two clocks are compared.
        alive: Whether the maker lives. On the machine that asks this is known. Of another machine it is true if the
            record changes from one reading to the next, and otherwise None, unknown.
    """

    maker: Maker
    device: str
    runs: tuple[str, ...]
    step: int
    steps: int
    begun_at: int
    seconds: float
    losses: tuple[float | None, ...]
    writes: int
    changed: float
    alive: bool | None = None

    @property
    def fraction(self) -> float:
        """Share of the updates that is made, between 0 and 1."""
        return self.step / self.steps

    @property
    def left(self) -> float | None:
        """Seconds left if the rest goes as fast as what was made; None before the first update."""
        made = self.step - self.begun_at
        return self.seconds / made * (self.steps - self.step) if made > 0 else None

    @property
    def quiet(self) -> float:
        """Seconds without a sign of life, as far as the reader can know."""
        return max(0.0, time.monotonic() - self.changed)


def write_record(path: Path, record: UnderWay) -> None:
    """Put a record in place of an earlier one.

    Raises:
        OSError: If it cannot be written; the earlier one is still there.
    """
    content = {"format": RECORD_FORMAT, **asdict(record)}
    del content["alive"]  # which is for the reader to judge
    beside = _beside(path)
    # Not synced: after a crash of the machine its maker is dead, and the record of no use.
    beside.write_bytes(sealed(content))
    beside.replace(path)


def read_records(work: Path) -> dict[Path, UnderWay]:
    """All records in a folder, as written. Damaged ones are removed, and those of a newer format left out."""
    try:
        paths = [path for path in work.iterdir() if _NAME.fullmatch(path.name)]
    except OSError:  # nothing was ever under way, or nobody may look
        return {}
    return {path: record for path in paths if (record := _read(path)) is not None}


def remove_records(paths: Iterable[Path]) -> None:
    """Remove records, and what is left of writing them; one that cannot be removed stays."""
    for path in paths:
        for name in (path, _beside(path)):
            with suppress(OSError):
                name.unlink()


def _read(path: Path) -> UnderWay | None:
    try:
        content = unsealed(content_of(path))
        if content.pop("format") > RECORD_FORMAT:
            return None
        record: UnderWay = TypeAdapter(UnderWay).validate_json(json.dumps(content), strict=True)
        texts = (record.maker.host, record.device, *record.runs)
        counts = (record.begun_at, record.step, record.writes, record.steps - 1)
        possible = all(0 <= count < LARGEST for count in counts) and isfinite(record.seconds)
        if record.runs and possible and all(map(str.isprintable, texts)):
            return record
    except OSError:  # it has just gone
        return None
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    remove_records([path])
    return None


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}")
