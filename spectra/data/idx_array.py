"""One array of bytes in an IDX file."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from spectra.data.mapped import mapped

UNSIGNED_BYTE = 0x08
CHUNK = 2**20
MOST = 2**31
"""Bytes of a compressed array: a few megabytes may unpack to many gigabytes. The largest of EMNIST has 5.5e8."""


def idx_array(path: Path, *, dimensions: int) -> NDArray[np.uint8]:
    """The array in a file: mapped from a plain one, read from one that ends in .gz.

    The format is two zero bytes, a byte for the type of the values, a byte for the number of dimensions, each dimension
    as a big-endian 32-bit integer, and the values.

    Args:
        path: The file.
        dimensions: How many the array must have.

    Raises:
        ValueError: If the file is none of this format, holds other values, is longer or shorter than it says, or
            unpacks to more than `MOST` bytes.
    """
    if path.suffix != ".gz":
        with path.open("rb") as file:
            shape = _shape(file, path, dimensions)
        expected, actual = _header(dimensions) + math.prod(shape), path.stat().st_size
        _require_length(actual, expected, path, shape)
        return mapped(path, "u1", offset=_header(dimensions)).reshape(shape)
    try:
        with gzip.open(path) as file:
            shape = _shape(file, path, dimensions)
            # One byte more than there must be shows a file that is too long without unpacking all of it.
            values = _read(file, min(math.prod(shape), MOST) + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is no complete gzip file ({error}); get it again") from error
    if len(values) > MOST:
        raise ValueError(
            f"{path} unpacks to more than the {MOST} bytes that are read from a compressed file; unpack it with "
            "gunzip: a plain file is mapped, not read"
        )
    _require_length(_header(dimensions) + len(values), _header(dimensions) + math.prod(shape), path, shape)
    return np.frombuffer(values, np.uint8).reshape(shape)


def _read(file: gzip.GzipFile, limit: int) -> bytes:
    """Up to `limit` bytes. Reading them at once would reserve whatever a damaged header asks for."""
    content = bytearray()
    while chunk := file.read(min(limit - len(content), CHUNK)):
        content += chunk
    return bytes(content)


def _header(dimensions: int) -> int:
    return 4 + 4 * dimensions


def _shape(file: BinaryIO | gzip.GzipFile, path: Path, dimensions: int) -> tuple[int, ...]:
    header = file.read(_header(dimensions))
    magic = header[:4]
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] != UNSIGNED_BYTE or magic[3] != dimensions:
        raise ValueError(
            f"{path} begins with {magic.hex() or 'nothing'}, and an IDX file of unsigned bytes in {dimensions} "
            f"dimensions begins with 000008{dimensions:02x}; it is damaged or another file"
        )
    if len(header) < _header(dimensions):
        raise ValueError(f"{path} ends within its header of {_header(dimensions)} bytes; get it again")
    return tuple(int(size) for size in np.frombuffer(header, ">u4", offset=4))


def _require_length(actual: int, expected: int, path: Path, shape: tuple[int, ...]) -> None:
    if actual != expected:
        size = " x ".join(map(str, shape))
        more = "or more " if actual > expected else ""
        raise ValueError(f"{path} has {actual} bytes {more}where {size} values take {expected}; get it again")
