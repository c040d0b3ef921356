"""Records of runs that did not finish."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from spectra.plain_text import printable
from spectra.store.durable import write_file
from spectra.store.regular_file import content_of
from spectra.training import RunSpec
from spectra.training.sealed_json import sealed, unsealed


@dataclass(frozen=True)
class Failure:
    """Why a run did not finish."""

    run: str  # identity
    error: str
    traceback: str


def write_failure(partial: Path, path: Path, failure: Failure, spec: RunSpec) -> None:
    """Write a record with the settings of the run, in place of an earlier one; see `write_file`."""
    path.parent.mkdir(exist_ok=True)
    write_file(partial, path, sealed({**asdict(failure), "spec": json.loads(spec.json())}))


def read_failure(path: Path) -> Failure | None:
    """The record at a path, or None if there is none. A damaged record still says that the run has failed."""
    try:
        content = unsealed(content_of(path))
    except FileNotFoundError:
        return None
    except ValueError as error:
        return Failure(path.stem, f"the record of this failure is damaged: {error}", "")
    told = [content.get(name) for name in ("error", "traceback")]
    if content.get("run") != path.stem or not all(isinstance(text, str) for text in told):
        return Failure(path.stem, "the record of this failure is damaged: it is no such record", "")
    return Failure(path.stem, *(printable(str(text), lines=True) for text in told))
