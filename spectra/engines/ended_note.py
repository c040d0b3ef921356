"""What became of a piece, as a file: how a job tells its sweep where no pipe connects them."""

from __future__ import annotations

from dataclasses import fields
from math import isfinite
from pathlib import Path
from typing import Any

from spectra.engines.outcome import Outcome
from spectra.engines.piece import Ended, Piece
from spectra.store.durable import write_folder
from spectra.training.sealed_json import sealed, unsealed

# What had to be tried again only the scheduler knows.
FACTS = tuple(field.name for field in fields(Outcome) if field.name not in {"spec", "lost"})
REASONS = ("lost", "guilty", "stopped", "traceback")


def write_note(path: Path, ended: Ended) -> None:
    """Write what became of a piece; the file appears whole, by one rename.

    Raises:
        OSError: If it cannot be written.
    """
    _write(path, {"ended": _plain(ended)})


def write_store_error(path: Path, error: OSError) -> None:
    """Write that the store failed, which concerns the whole sweep.

    Raises:
        OSError: If this cannot be written either.
    """
    _write(path, {"store_error": str(error)})


def read_note(path: Path, piece: Piece) -> Ended | None:
    """What became of a piece, or None if nothing is written yet.

    Args:
        path: Where a worker writes it.
        piece: What was handed to the worker: the note names its runs by their identities.

    Raises:
        OSError: If the note says that the store failed, or cannot be read.
        ValueError: If the note is damaged, or of other runs.
    """
    try:
        content = unsealed(path.read_bytes())
    except FileNotFoundError:
        return None
    if "store_error" in content:
        raise OSError(content["store_error"])
    ended, specs = content["ended"], {spec.identity: spec for spec in piece.specs}
    try:
        outcomes = [Outcome(specs[facts.pop("run")], **_numbers(facts)) for facts in ended["outcomes"]]
        elsewhere = [specs[run] for run in ended["elsewhere"]]
    except KeyError as error:
        raise ValueError(
            f"{path} tells of the run {error}, which was not asked for: was it made by another version of spectra?"
        ) from error
    return Ended(piece, tuple(outcomes), tuple(elsewhere), **{name: ended[name] for name in REASONS})


def _plain(ended: Ended) -> dict[str, Any]:
    outcomes = [
        {"run": outcome.spec.identity, **{name: _plain_number(getattr(outcome, name)) for name in FACTS}}
        for outcome in ended.outcomes
    ]
    elsewhere = [spec.identity for spec in ended.elsewhere]
    return {"outcomes": outcomes, "elsewhere": elsewhere, **{name: getattr(ended, name) for name in REASONS}}


def _plain_number(value: Any) -> Any:
    """JSON has neither infinity nor what is not a number; both are written as a table with their name."""
    return {"number": str(value)} if isinstance(value, float) and not isfinite(value) else value


def _numbers(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: float(value["number"]) if isinstance(value, dict) else value for name, value in facts.items()}


def _write(path: Path, content: dict[str, Any]) -> None:
    beside = f".{path.name}"
    write_folder(path.parent, {beside: sealed(content)})
    (path.parent / beside).replace(path)
