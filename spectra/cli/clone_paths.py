"""Paths as they are typed at the root of a clone."""

from __future__ import annotations

import os
from pathlib import Path

STORE = "runs"
"""Folder of finished runs if none is named."""


def from_root(path: Path) -> str:
    """A path from the root of the repository that it lies in; as it was given where it lies in none.

    Links are not followed: a link in the repository is a place in it.
    """
    whole = Path(os.path.abspath(path))  # noqa: PTH100
    root = next((folder for folder in whole.parents if (folder / ".git").exists()), None)
    return str(path) if root is None else whole.relative_to(root).as_posix()


def store_name(folder: Path) -> str:
    """A folder of runs from the root of its repository; empty for the usual one, which nobody types."""
    name = from_root(folder)
    return "" if name == STORE else name
