"""The number that keeps old code from misreading a new store."""

from __future__ import annotations

from pathlib import Path

import spectra
from spectra.plain_text import printable
from spectra.store.durable import explained, write_file
from spectra.store.regular_file import content_of
from spectra.training.sealed_json import sealed, unsealed

STORE_FORMAT = 2
"""Raised when the layout of a store changes so that older code would misread it.

1: a folder for each run. 2: packs beside them, which code of format 1 would not see and make again. A store of format
1 is read and written as it is, and becomes one of format 2 with its first pack.
"""


FOLDERS = (".partial", "claims", "failed", "packs", "quarantine", "work")
"""What is in a store besides runs."""


def about() -> bytes:
    """Content of the store.json of a new store."""
    return sealed({"format": STORE_FORMAT, "created_by": f"spectra {spectra.__version__}"})


def raise_format(folder: Path, partial: Path) -> None:
    """Note that a store holds what only code of this format knows.

    Args:
        folder: The store, which can be read by this code.
        partial: Where files are written before they appear.
    """
    path = folder / "store.json"
    with explained(path):
        if path.exists() and _format(path)[0] >= STORE_FORMAT:
            return
        write_file(partial, path, about())


def check_format(folder: Path) -> None:
    """Check that a folder is a store that this code can read, or no store yet.

    Raises:
        OSError: If it cannot be read.
        ValueError: If its format is newer, its store.json is damaged, or a link in it would lead elsewhere.
    """
    path = folder / "store.json"
    for place in (path, *(folder / name for name in FOLDERS)):
        if place.is_symlink():
            raise ValueError(
                f"{place} is a link, and what is written or deleted there would be elsewhere; put the file or folder "
                "itself in its place, or remove the link. The folder of the store as a whole may be one"
            )
    try:
        number, creator = _format(path)
    except FileNotFoundError:
        return
    except ValueError as error:
        raise ValueError(
            f"{path} is damaged: {error}; if {folder} holds runs of spectra, remove this one file: it is written "
            "again, and the runs vouch for themselves"
        ) from error
    if number > STORE_FORMAT:
        maker = printable(creator)[:100]
        raise ValueError(
            f"{folder} is a store of format {number}, created by {maker}; spectra {spectra.__version__} knows "
            f"formats up to {STORE_FORMAT}: install a newer spectra"
        )


def _format(path: Path) -> tuple[int, str]:
    """Number of the format, and what created the store."""
    content = unsealed(content_of(path))
    number, creator = content.get("format"), content.get("created_by")
    if not isinstance(number, int) or not isinstance(creator, str):
        raise ValueError("it does not say which format the store has")
    return number, creator
