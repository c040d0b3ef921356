"""The fingerprint of the files behind a curve."""

import hashlib
from collections.abc import Sequence
from pathlib import Path


def sha256(paths: Sequence[Path]) -> str:
    """SHA-256 of some files, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
