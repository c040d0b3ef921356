"""The checksum of TensorBoard event files: CRC-32C (Castagnoli), masked."""

from itertools import accumulate

POLYNOMIAL = 0x82F63B78
WORD = 0xFFFFFFFF
MASK = 0xA282EAD8


def crc32c(data: bytes) -> int:
    """CRC-32C of some bytes.

    Source: RFC 3720, section 12.1 and appendix B.4.
    """
    state = WORD
    for byte in data:
        state = TABLE[(state ^ byte) & 0xFF] ^ (state >> 8)
    return state ^ WORD


def masked_crc32c(data: bytes) -> int:
    """CRC-32C turned and shifted by a constant, so that bytes holding their own checksum keep a useful one."""
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + MASK) & WORD


def _remainder(byte: int) -> int:
    return list(accumulate(range(8), lambda state, _: (state >> 1) ^ (POLYNOMIAL if state & 1 else 0), initial=byte))[
        -1
    ]


TABLE = tuple(map(_remainder, range(256)))
