"""The frame of TensorBoard event files: records with a length, and checksums of both."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import unpack

from spectra.fitting.saved.crc32c import masked_crc32c

HEAD = 12  # length in eight bytes, its checksum in four
FOOT = 4  # checksum of the data


@dataclass(frozen=True)
class Record:
    """One record of a file."""

    number: int  # from 1
    data: bytes
    fault: str  # empty, or why the data is not to be trusted


def records(path: Path) -> Iterator[Record]:
    """Every record of a file; after a record whose end cannot be found there is one with a fault, and no further.

    Source: TensorFlow, the TFRecord format: uint64 length, uint32 masked CRC-32C of the length, data, uint32 masked
    CRC-32C of the data, all little-endian.
    """
    left = path.stat().st_size
    number = 0
    with path.open("rb") as file:
        while head := file.read(HEAD):
            number += 1
            left -= HEAD
            length, check = unpack("<QI", head) if len(head) == HEAD else (0, 0)
            if len(head) < HEAD or (masked_crc32c(head[:8]) == check and length + FOOT > left):
                yield Record(number, b"", CUT_OFF)
                return
            if masked_crc32c(head[:8]) != check:
                yield Record(number, b"", LOST)
                return
            data, foot = file.read(length), file.read(FOOT)
            left -= length + FOOT
            good = len(foot) == FOOT and masked_crc32c(data) == unpack("<I", foot)[0]
            yield Record(number, data, "" if good else WRONG)


def begins_with_a_record(head: bytes) -> bool:
    """Whether a file with these first bytes is framed this way."""
    return len(head) >= HEAD and masked_crc32c(head[:8]) == unpack("<I", head[8:HEAD])[0]


CUT_OFF = "a last record that is cut off"
LOST = "everything from a record whose length fails its checksum"
WRONG = "records that fail their checksum"
