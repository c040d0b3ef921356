"""Reading what a stranger may have put into a store: an ordinary file of an ordinary size, or nothing."""

from __future__ import annotations

import stat
from pathlib import Path

RECORD = 2**24
"""Most bytes of a file of plain values, such as settings or a record: 16 MiB, a thousand times what they take."""

LARGE = 2**34
"""Most bytes of a file of measurements or of weights: 16 GiB, read into memory at once."""


def content_of(path: Path, most: int = RECORD) -> bytes:
    """The content of a file.

    Whoever opens a pipe waits for ever, and a device, or a file with holes, may have more content than any memory.

    Args:
        path: Where it is.
        most: Bytes that it may have.

    Raises:
        OSError: If it is not there, is a folder, or cannot be read.
        ValueError: If it is neither file nor folder, or longer.
    """
    status = path.stat()
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        raise ValueError(f"{path.name} is a pipe or a device, and no file")
    if status.st_size > most:
        raise ValueError(f"{path.name} has {status.st_size} bytes, and such a file has at most {most}")
    return path.read_bytes()
