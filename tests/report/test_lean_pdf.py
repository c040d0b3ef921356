import io
import re
import zlib

import pytest
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure

from spectra.report import style
from spectra.report.lean_pdf import lean_pdf

TEXT = "f(0.123456) = β \\\\"


@pytest.fixture(scope="module")
def both():
    with style.style():
        figure = Figure(figsize=(3, 2))
        axes = figure.subplots()
        for shift in (0, 1):
            axes.plot([0, 1, 2], [0.1 + shift, 0.7, 0.3], "o-")
        axes.set_title(TEXT)
        written = io.BytesIO()
        figure.savefig(written, format="pdf", metadata={"CreationDate": None})
    return written.getvalue(), lean_pdf(written.getvalue())


def contents(data):
    """What every stream of a file holds, by its dictionary."""
    found = re.findall(rb"(?s)\d+ 0 obj\n(<<(?:(?!endobj).)*?>>)\nstream\n(.*?)\nendstream\nendobj", data)
    return [(names, zlib.decompress(packed)) for names, packed in found]


def letters(data):
    return [TTFont(io.BytesIO(content)) for names, content in contents(data) if b"/Length1" in names]


def test_the_table_of_references_leads_to_every_object(both):
    _, lean = both
    start = int(lean.rpartition(b"startxref\n")[2].split()[0])
    rows = lean[start:].partition(b"trailer")[0].splitlines()[2:]
    used = {number: int(row[:10]) for number, row in enumerate(rows) if row.endswith(b"n ")}
    assert all(lean[place:].startswith(b"%d 0 obj\n" % number) for number, place in used.items())
    bodies = re.sub(rb"(?s)stream\n.*?\nendstream", b"", lean[:start])
    assert {int(number) for number in re.findall(rb"\b(\d+) 0 R\b", bodies)} <= set(used)


def test_streams_are_as_long_as_they_say(both):
    for names, packed in re.findall(rb"(?s)<<((?:(?!endobj).)*?)>>\nstream\n(.*?)\nendstream", both[1]):
        assert int(re.search(rb"/Length (\d+)", names)[1]) == len(packed)


def test_fonts_hold_the_same_letters_and_nothing_else(both):
    for whole, lean in zip(*map(letters, both), strict=True):
        assert whole.getGlyphOrder() == lean.getGlyphOrder()
        first = whole.getGlyphOrder()[-1]
        assert list(whole["glyf"][first].coordinates) == list(lean["glyf"][first].coordinates)
        assert whole["hmtx"].metrics == lean["hmtx"].metrics
        assert "fpgm" in whole
        assert not {"fpgm", "prep", "cvt ", "GPOS", "GSUB", "kern"} & set(lean.keys())


def test_the_page_draws_the_same_at_a_thousandth(both):
    pages = [next(content for names, content in contents(data) if b"Type" not in names) for data in both]
    numbers = [[float(each) for each in re.findall(rb"(?<![\w.])-?\d+\.?\d*(?= )", page)] for page in pages]
    assert len(numbers[0]) > 100
    assert max(abs(one - other) for one, other in zip(*numbers, strict=True)) <= 0.0005
    texts = [re.findall(rb"(?s)\((?:\\.|[^\\()])*\)|<[0-9a-fA-F]+>", page) for page in pages]
    assert texts[0] == texts[1]
    assert len(both[1]) < 0.6 * len(both[0])


def test_a_mark_that_is_drawn_in_two_series_is_written_once(both):
    shapes = [[content for names, content in contents(data) if b"/Form" in names] for data in both]
    assert len(shapes[0]) == 2 * len(set(shapes[0]))
    assert len(shapes[1]) == len(set(shapes[1]))
