"""Where the files of a user lie, and what to do when they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from spectra.plain_text import first_few

Place = Annotated[str, Field(min_length=1)]
"""A path; a relative one starts at the working directory, and ~/ stands for the home directory."""


def expanded(path: str) -> Path:
    """The path that is meant, whether there is something or not."""
    return Path.home() / path[2:] if path.startswith("~/") else Path(path)


def place(path: str, *, wanted: str, remedy: str) -> Path:
    """A file or folder that exists.

    Args:
        path: As the user wrote it.
        wanted: What is looked for, for messages.
        remedy: What gets it, and which path to pass then; for messages.

    Raises:
        FileNotFoundError: If there is nothing.
        ValueError: If it is neither a file nor a folder.
    """
    found = expanded(path)
    if not found.exists():
        where = "" if found.is_absolute() else f" below the working directory {Path.cwd()}"
        raise FileNotFoundError(f"path = {path!r} does not exist{where}; looked for {wanted}; {remedy}")
    if not (found.is_file() or found.is_dir()):
        raise ValueError(f"path = {path!r} is a pipe or a device, and a file or folder is needed; {remedy}")
    return found


def folder(path: str, *, wanted: str, remedy: str) -> Path:
    """A folder that exists; see `place`.

    Raises:
        FileNotFoundError: If there is nothing.
        NotADirectoryError: If there is a file.
    """
    found = place(path, wanted=wanted, remedy=remedy)
    if not found.is_dir():
        raise NotADirectoryError(f"path = {path!r} is a file, and a folder is needed with {wanted}; {remedy}")
    return found


def missing(folder: Path, *, wanted: str, remedy: str) -> FileNotFoundError:
    """The error of a folder in which something is looked for in vain, with what there is instead."""
    names = sorted(entry.name for entry in folder.iterdir())
    return FileNotFoundError(f"no {wanted} in {folder}, which has {first_few(names) or 'nothing in it'}; {remedy}")
