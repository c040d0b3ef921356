"""Scalars in the events of a TensorBoard file."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import calcsize, unpack

from spectra.fitting.saved.protobuf import fields, signed

Value = int | float | bytes

# Fields of the messages Event, Summary.Value and TensorProto of TensorFlow that are read here.
WALL_TIME, STEP, SUMMARY, SESSION = 1, 2, 5, 7
VALUE = 1
TAG, SIMPLE_VALUE, TENSOR, METADATA = 1, 2, 8, 9
KIND, SHAPE, CONTENT = 1, 2, 4
SESSION_START = 1
# Kinds of tensors that loggers write scalars as: how their bytes are read, and the field of a number not in bytes.
KINDS = {1: ("<f", 5), 2: ("<d", 6), 3: ("<i", 7), 9: ("<q", 10)}


@dataclass(frozen=True)
class Event:
    """What one record of an event file says."""

    step: int
    wall_time: float  # seconds since 1970
    scalars: tuple[tuple[str, float], ...]  # tag and value
    restart: bool  # a new session began: what was written before at this step or later is void


def event(data: bytes) -> Event:
    """Read the message of one record; histograms, images and text are left alone.

    Raises:
        ValueError: If the bytes are no message.
    """
    step, wall_time, restart = 0, 0.0, False
    scalars: list[tuple[str, float]] = []
    for number, value in fields(data):
        if number == STEP and isinstance(value, int):
            step = signed(value)
        elif number == WALL_TIME and isinstance(value, float):
            wall_time = value
        elif number == SUMMARY and isinstance(value, bytes):
            scalars += _scalars(value)
        elif number == SESSION and isinstance(value, bytes):
            restart = _first(value, 1) == SESSION_START
    return Event(step, wall_time, tuple(scalars), restart and step > 0)


def _scalars(summary: bytes) -> Iterator[tuple[str, float]]:
    for number, value in fields(summary):
        if number == VALUE and isinstance(value, bytes):
            parts = dict(fields(value))
            tag, simple = parts.get(TAG), parts.get(SIMPLE_VALUE)
            number_found = simple if isinstance(simple, float) else _of_tensor(parts)
            if isinstance(tag, bytes) and number_found is not None:
                yield tag.decode("utf-8", errors="replace"), number_found


def _of_tensor(parts: dict[int, Value]) -> float | None:
    """The number of a tensor of one element that a scalar summary wrote; None for anything else."""
    tensor = parts.get(TENSOR)
    if not isinstance(tensor, bytes) or _plugin(parts.get(METADATA)) not in (b"", b"scalars"):
        return None
    inside = dict(fields(tensor))
    form, place = KINDS.get(_whole(inside.get(KIND)), ("", 0))
    if not form or not _is_single(inside.get(SHAPE, b"")):
        return None
    content = inside.get(CONTENT) or inside.get(place, b"")
    if isinstance(content, bytes) and len(content) == calcsize(form):
        return float(unpack(form, content)[0])
    if isinstance(content, bytes):  # whole numbers of varying length; none at all is a zero
        content = _first(b"\x08" + content, 1) if content else 0
    return float(signed(content) if isinstance(content, int) else content)


def _plugin(metadata: Value | None) -> Value:
    data = _first(metadata, 1) if isinstance(metadata, bytes) else b""
    return _first(data, 1) if isinstance(data, bytes) else b""


def _first(message: bytes, field: int) -> Value:
    return next((value for number, value in fields(message) if number == field), b"")


def _whole(value: Value | None) -> int:
    return value if isinstance(value, int) else 0


def _is_single(shape: Value) -> bool:
    """Whether a tensor of this shape has one element: all its dimensions are 1, if there are any."""
    parts = fields(shape) if isinstance(shape, bytes) else ()
    dimensions = (part for number, part in parts if number == 2 and isinstance(part, bytes))
    return all(_whole(_first(dimension, 1)) == 1 for dimension in dimensions)
