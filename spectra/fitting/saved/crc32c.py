"""The checksum of TensorBoard event files: CRC-32C (Castagnoli), masked."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

POLYNOMIAL = 0x82F63B78
WORD = 0xFFFFFFFF
MASK = 0xA282EAD8
# Bytes that are taken at once; a record of a scalar has some fifty, one of an image or a graph a million.
BLOCK = 1024


def crc32c(data: bytes) -> int:
    """CRC-32C of some bytes: the first ones singly, and then whole blocks.

    Source: RFC 3720, section 12.1 and appendix B.4.
    """
    state, single = WORD, len(data) % BLOCK
    for byte in data[:single]:
        state = TABLE[(state ^ byte) & 0xFF] ^ (state >> 8)
    for start in range(single, len(data), BLOCK):
        block = np.frombuffer(data, np.uint8, BLOCK, start).copy()
        block[:4] ^= np.frombuffer(state.to_bytes(4, "little"), np.uint8)
        # The checksum is linear: that of a block is the sum of those of its bytes, each followed by zeros.
        state = int(np.bitwise_xor.reduce(_remainders()[PLACES + block]))
    return state ^ WORD


def masked_crc32c(data: bytes) -> int:
    """CRC-32C turned and shifted by a constant, so that bytes holding their own checksum keep a useful one."""
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + MASK) & WORD


@cache
def _remainders() -> NDArray[np.uint32]:
    """Remainder of each byte at each place of a block of zeros, (BLOCK * 256,), the byte fastest."""
    found = np.empty((BLOCK, 256), dtype=np.uint32)
    found[-1] = TABLE
    for place in range(BLOCK - 1, 0, -1):
        found[place - 1] = found[-1, found[place] & 0xFF] ^ (found[place] >> 8)
    return found.ravel()


def _remainder(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (POLYNOMIAL if byte & 1 else 0)
    return byte


TABLE = tuple(map(_remainder, range(256)))
PLACES = 256 * np.arange(BLOCK)
