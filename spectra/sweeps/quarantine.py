"""Where damaged runs go: out of the way, and never away."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from spectra.sweeps.durable import write_folder


@dataclass(frozen=True)
class Quarantined:
    """A run that was not as it was written."""

    run: str  # identity
    folder: Path  # where it is now
    reason: str


def quarantine(folder: Path, into: Path, reason: str) -> Quarantined:
    """Move a run out of the way; the reason is written beside it.

    Args:
        folder: The run, named after its identity.
        into: Where quarantined runs are kept.
        reason: What was found.

    Returns:
        Where it is now.

    Raises:
        OSError: If it cannot be moved; FileNotFoundError if it is not there any more.
    """
    into.mkdir(exist_ok=True)
    target = next(into / f"{folder.name}-{n}" for n in count(1) if not os.path.lexists(into / f"{folder.name}-{n}"))
    folder.rename(target)
    write_folder(into, {f"{target.name}.txt": reason.encode()})
    return Quarantined(folder.name, target, reason)


def quarantined(inside: Path) -> tuple[Quarantined, ...]:
    """Everything in quarantine, by name."""
    entries = sorted(path for path in inside.iterdir() if path.suffix != ".txt") if inside.is_dir() else []
    return tuple(Quarantined(path.name.rpartition("-")[0], path, _reason(path)) for path in entries)


def _reason(path: Path) -> str:
    try:
        return path.with_name(f"{path.name}.txt").read_text(errors="replace")
    except FileNotFoundError:  # the process died between the two steps
        return "the reason was not recorded"
