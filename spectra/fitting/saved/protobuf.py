"""The wire format of protocol buffers, as far as event files use it."""

from collections.abc import Iterator
from struct import unpack

VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5
# Ten groups of seven bits hold the longest number.
LONGEST_VARINT = 10


def fields(message: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """Number and value of each field of a message: an int, a float, or the bytes of a string or inner message.

    Source: Protocol Buffers, Encoding.

    Raises:
        ValueError: If the bytes are no message.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        value: int | float | bytes
        if wire == VARINT:
            value, at = _varint(message, at)
        elif wire in (EIGHT_BYTES, FOUR_BYTES):
            size, form = (8, "<d") if wire == EIGHT_BYTES else (4, "<f")
            value, at = unpack(form, _part(message, at, size))[0], at + size
        elif wire == LENGTH:
            size, at = _varint(message, at)
            value, at = _part(message, at, size), at + size
        else:
            raise ValueError(f"a field of kind {wire}, which no event file holds")
        yield number, value


def signed(number: int) -> int:
    """A 64-bit number that may be negative, as `fields` gives it without its sign."""
    return number - (1 << 64) if number >= 1 << 63 else number


def _varint(message: bytes, at: int) -> tuple[int, int]:
    number = 0
    for place, byte in enumerate(message[at : at + LONGEST_VARINT]):
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return number & ((1 << 64) - 1), at + place + 1
    raise ValueError("a number without end")


def _part(message: bytes, at: int, size: int) -> bytes:
    part = message[at : at + size]
    if len(part) < size:
        raise ValueError("a field longer than its message")
    return part
