"""The PDF that matplotlib writes, with the same page and letters, at half of its length."""

import io
import re
import zlib

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

_STREAM = re.compile(rb"(?s)(\d+ 0 obj\n)<<(.*?)>>\nstream\n(.*)\nendstream\nendobj\n")
_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_LENGTH = re.compile(rb"\s*/Length1? \d+(?: 0 R)?")
# Text in round or pointed brackets is left alone.
_LONG_NUMBER = re.compile(rb"\((?:\\.|[^\\()])*\)|<[^>]*>|(-?\d+\.\d{4,})", re.DOTALL)
# What draws letters (PDF 1.7, 9.9). Programs that fit letters to coarse pixels, and rules that place them, are done
# with once every letter has its place.
_TABLES = {"GlyphOrder", "head", "hhea", "hmtx", "maxp", "loca", "glyf", "cmap", "post"}


def lean_pdf(data: bytes) -> bytes:
    """Fonts that hold their letters alone, coordinates and colours to a thousandth, and every shape of a mark once.

    Args:
        data: A whole PDF file that matplotlib wrote: without object streams, with one table of references.
    """
    end = int(data[data.rindex(b"startxref") + len("startxref") :].split()[0])
    table, _, tail = data[end:].partition(b"trailer\n")
    entries = table.splitlines()[2:]
    starts = sorted((int(entry[:10]), number) for number, entry in enumerate(entries) if entry.split()[2] == b"n")
    objects = {
        number: _STREAM.sub(_lean_stream, data[start:stop])
        for (start, number), (stop, _) in zip(starts, [*starts[1:], (end, 0)], strict=True)
    }
    parts, places = [data[: starts[0][0]]], dict[int, int]()
    length = len(parts[0])
    for number, part in _without_repeats(objects).items():
        places[number] = length
        parts.append(part)
        length += len(part)
    # An object that is gone has the entry of a number that is never used again (PDF 1.7, 7.5.4).
    rows = [b"%010d 00000 n \n" % places[n] if n in places else b"0000000000 65535 f \n" for n in range(len(entries))]
    tail = tail.replace(b"startxref\n%d\n" % end, b"startxref\n%d\n" % length)
    return b"".join([*parts, b"xref\n0 %d\n" % len(rows), *rows, b"trailer\n", tail])


def _without_repeats(objects: dict[int, bytes]) -> dict[int, bytes]:
    """Of streams with equal content the first alone, to which all references then lead."""
    first: dict[bytes, int] = {}
    streams = {number: part.partition(b" ")[2] for number, part in objects.items() if _STREAM.match(part)}
    same = {number: first.setdefault(content, number) for number, content in streams.items()}

    def led(found: re.Match[bytes]) -> bytes:
        return b"%d 0 R" % same.get(int(found[1]), int(found[1]))

    return {
        number: part if number in same else _REFERENCE.sub(led, part)
        for number, part in objects.items()
        if same.get(number, number) == number
    }


def _lean_stream(found: re.Match[bytes]) -> bytes:
    number, names, packed = found.groups()
    if b"/FlateDecode" not in names or b"/Predictor" in names or b"/Image" in names:
        return found[0]
    content = zlib.decompress(packed)
    length = b""
    if b"/Length1" in names:
        content = _letters(content)
        length = b"/Length1 %d " % len(content)
    elif b"/Type" not in names or b"/Form" in names:
        content = _LONG_NUMBER.sub(_rounded, content)
    packed = zlib.compress(content, 9)
    names = b"%s/Length %d %s" % (length, len(packed), _LENGTH.sub(b"", names).strip())
    return b"%s<< %s >>\nstream\n%s\nendstream\nendobj\n" % (number, names, packed)


def _rounded(found: re.Match[bytes]) -> bytes:
    if not found[1]:
        return found[0]
    text = b"%.3f" % float(found[1])
    return text.rstrip(b"0").rstrip(b".")


def _letters(content: bytes) -> bytes:
    font = TTFont(io.BytesIO(content), recalcTimestamp=False, lazy=False)
    for name in set(font.keys()) - _TABLES:
        del font[name]
    for letter in font["glyf"].keys():  # noqa: SIM118
        font["glyf"][letter].removeHinting()
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()
