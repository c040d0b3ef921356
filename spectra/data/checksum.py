"""The content of files as one number, so that a recipe can pin it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import Field

Checksum = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
"""A SHA-256 as 64 hexadecimal digits."""


def checksum(files: Iterable[Path], folder: Path) -> str:
    """SHA-256 of one file, or of the list that `sha256sum` prints for several.

    Args:
        files: The files, in any order. One file alone has the checksum that `sha256sum` prints for it.
        folder: Where several lie; the list has their names below it and is sorted by them.

    Returns:
        64 hexadecimal digits.
    """
    digests = {path.relative_to(folder).as_posix(): _digest(path) for path in files}
    if len(digests) == 1:
        return next(iter(digests.values()))
    listing = "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))
    return hashlib.sha256(listing.encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_content(expected: str | None, files: Iterable[Path], folder: Path) -> None:
    """Compare files with the checksum that a spec pins; without one nothing is read.

    Args:
        expected: The checksum, or None.
        files: What it covers.
        folder: Where they lie.

    Raises:
        ValueError: If the content is another.
    """
    if expected is None:
        return
    actual = checksum(files, folder)
    if actual != expected:
        raise ValueError(
            f"the files of {folder} have the SHA-256 {actual}, and sha256 = {expected} was given; restore the files, "
            f"or set sha256 = {actual} if this content is meant"
        )
