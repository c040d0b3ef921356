"""Damage and malice by a seed: bytes that are flipped, cut, repeated, moved or recoded, and strange values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

LONGEST = 1 << 16
"""Bytes of an input at most: thousands of inputs in a second are worth more than a few long ones."""

SPLINTERS = (
    b"nan", b"-inf", b"1e999", b"-1", b"0", b"1,5", b"1_000", b"9" * 30, b"9" * 5000, b"0x10", b"true", b"null", b"\0",
    b"\n", b"\r", b"\r\n", b"\t", b";", b",", b",,", b'"', b"'", b"''", b'"""', b"\\", b"{", b"}", b"[", b"]", b"[[",
    b"[" * 2000, b'{"a":' * 990, b"a." * 30, b"=", b"#", b"!!python/object", b"\x1b[2J", b"\xff\xfe", b"\xef\xbb\xbf",
    b"\xed\xa0\x80", "\u202e\u0301٣ﬀ".encode(), b"=cmd|' /C calc'!A0", b"../../x", b"%s%n", b"1970-01-01", b"-" * 99,
)  # fmt: skip
"""What is put among the bytes of a file."""
STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63, 10**400, -(10**25), 0.5, 1e308, 1e-320, float("nan"),
    float("inf"), "", "a", "1", "nan", "../../x", "\x1b[31m", "\ud800", "x" * 3000, "\u202e", [], [[]], {}, [1, 2],
    {"a": {"a": 1}}, [None], {"kind": "loss"}, "2020-01-01",
)  # fmt: skip
"""What stands in place of a plain value."""
NUMBER = re.compile(rb"\d+(\.\d+)?([eE][+-]?\d+)?")
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "cp037")


def mutated(data: bytes, random: Random) -> bytes:
    """Some bytes after one to four accidents."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
        data = random.choice(ACCIDENTS)(data, random)[:LONGEST]
    return data


def altered(value: Any, random: Random) -> Any:
    """A plain value, such as JSON holds, with something strange at one place in it."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        name, deed = random.choice(list(value)), random.random()
        if deed < 0.1:
            return {key: inner for key, inner in value.items() if key != name}
        if deed < 0.15:
            return {**value, random.choice(("", "run", "digest", "\x1b[2J", "x" * 99)): random.choice(STRANGE)}
        return {**value, name: altered(value[name], random)}
    if isinstance(value, list) and value and random.random() < 0.8:
        place = random.randrange(len(value))
        return [*value[:place], altered(value[place], random), *value[place + 1 :]]
    return nested(random.choice((1, 30, 900, 990, 3000)), random) if random.random() < 0.03 else random.choice(STRANGE)


def nested(depth: int, random: Random) -> Any:
    """A value within lists or tables."""
    value: Any = 1
    for _ in range(depth):
        value = [value] if random.random() < 0.5 else {"a": value}
    return value


def as_json(value: Any) -> bytes:
    """A value as JSON text; the empty object where it is nested too deeply for that."""
    try:
        return json.dumps(value).encode()
    except RecursionError:
        return b"{}"


def _flip(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) or 1)
    return data[:at] + bytes(byte ^ 1 << random.randrange(8) for byte in data[at : at + 1]) + data[at + 1 :]


def _byte(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) or 1)
    return data[:at] + bytes([random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))]) + data[at + 1 :]


def _cut(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _loss(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + data[at + random.randrange(1, 40) :]


def _splinter(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice(SPLINTERS) + data[at + random.choice((0, 0, 1, 5)) :]


def _repeat(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    end = at + random.choice((1, 3, 20, 200))
    return data[:at] + data[at:end] * random.choice((2, 3, 50, 1000)) + data[end:]


def _number(data: bytes, random: Random) -> bytes:
    found = list(NUMBER.finditer(data))
    if not found:
        return data
    one = random.choice(found)
    return data[: one.start()] + random.choice(SPLINTERS[:11]) + data[one.end() :]


def _lines(data: bytes, random: Random) -> bytes:
    lines = data.split(b"\n")
    if random.random() < 0.5:
        random.shuffle(lines)
    else:
        lines.insert(random.randrange(len(lines)), random.choice(lines))
    return b"\n".join(lines)


def _separator(data: bytes, random: Random) -> bytes:
    return data.replace(random.choice((b",", b" ", b"=", b"\n", b".", b":")), random.choice(SPLINTERS[12:24]))


def _recoded(data: bytes, random: Random) -> bytes:
    return data.decode("latin-1").encode(random.choice(ENCODINGS), errors="replace")


Accident = Callable[[bytes, Random], bytes]
ACCIDENTS: tuple[Accident, ...] = (
    _flip, _flip, _byte, _byte, _cut, _loss, _splinter, _splinter, _repeat, _number, _number, _lines, _separator,
    _recoded,
)  # fmt: skip
