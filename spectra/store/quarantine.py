"""Where damaged files go: out of the way, and never away."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from spectra.plain_text import printable
from spectra.store.durable import write_folder
from spectra.store.regular_file import content_of


@dataclass(frozen=True)
class Quarantined:
    """A run that was not as it was written."""

    run: str  # identity
    folder: Path  # where it is now, or the pack that it was in
    reason: str


def quarantine(path: Path, into: Path, reason: str, runs: Sequence[str] = ()) -> None:
    """Move something out of the way; the reason is written beside it.

    Args:
        path: The folder of a run, named after its identity, or a pack.
        into: Where everything in quarantine is kept.
        reason: What was found, in one line.
        runs: Identities of the runs that were lost with a pack.

    Raises:
        OSError: If it cannot be moved; FileNotFoundError if it is not there any more.
    """
    into.mkdir(exist_ok=True)
    target = next(into / f"{path.name}-{n}" for n in count(1) if not os.path.lexists(into / f"{path.name}-{n}"))
    text = "\n".join([" ".join(printable(reason, lines=True).splitlines()), *runs])
    write_folder(into, {f"{target.name}.txt": text.encode()})  # first: what has been moved has its reason
    path.rename(target)


def quarantined(inside: Path) -> tuple[Quarantined, ...]:
    """Every run in quarantine, by the name of where it is."""
    entries = sorted(path for path in inside.iterdir() if path.suffix != ".txt") if inside.is_dir() else []
    return tuple(entry for path in entries for entry in _entries(path))


def _entries(path: Path) -> list[Quarantined]:
    name = path.name.rpartition("-")[0]
    try:
        text = printable(content_of(path.with_name(f"{path.name}.txt")).decode(errors="replace"), lines=True)
        reason, *runs = text.splitlines() or [""]
    except (FileNotFoundError, ValueError):  # somebody has removed it, or it is no file
        reason, runs = "the reason was not recorded", []
    lost = runs if name.endswith(".parquet") else [name]
    return [Quarantined(run, path, reason) for run in lost]
