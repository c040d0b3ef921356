"""Event files as TensorBoard frames them, made byte by byte for tests."""

from struct import pack

from spectra.fitting.saved.crc32c import masked_crc32c


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    low = []
    while number >= 0x80:
        low.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*low, number])


def inner(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content


def record(data: bytes) -> bytes:
    length = pack("<Q", len(data))
    return length + pack("<I", masked_crc32c(length)) + data + pack("<I", masked_crc32c(data))


def event(step: int, *parts: bytes, time: float = 1.7e9) -> bytes:
    return record(pack("<Bd", 9, time) + b"\x10" + varint(step) + b"".join(parts))


def scalar(tag: str, value: float) -> bytes:
    return inner(5, inner(1, inner(1, tag.encode()) + pack("<Bf", 21, value)))


def tensor_scalar(tag: str, value: float) -> bytes:
    tensor = b"\x08\x02" + inner(2, b"") + inner(4, pack("<d", value))
    plugin = inner(9, inner(1, inner(1, b"scalars")))
    return inner(5, inner(1, inner(1, tag.encode()) + plugin + inner(8, tensor)))


def restart() -> bytes:
    return inner(7, b"\x08\x01")
