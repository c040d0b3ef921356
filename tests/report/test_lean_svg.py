import re
from xml.dom import minidom

from matplotlib.figure import Figure

from spectra.report import style
from spectra.report.lean_svg import lean_svg

TEXT = 'class="a" 0.123456 id="b" style="c" url(#d)  <x y="1.23456">'


def drawn(path):
    """What matplotlib writes of a small figure, and what is made of it."""
    with style.style():
        figure = Figure()
        axes = figure.add_subplot()
        axes.plot([0, 1, 2], [0.1, 0.7, 0.3], "o-", clip_on=True)
        axes.set_title(TEXT)
        figure.savefig(path, format="svg")
    whole = path.read_text(encoding="utf-8")
    return whole, lean_svg(whole, name="small")


def test_the_same_elements_and_words_stand_there_with_half_of_the_length(tmp_path):
    whole, lean = drawn(tmp_path / "small.svg")
    before, after = (minidom.parseString(text.encode()) for text in (whole, lean))
    names = [[each.tagName for each in document.getElementsByTagName("*")] for document in (before, after)]
    assert names[0] == names[1]
    words = [[each.firstChild.data for each in document.getElementsByTagName("text")] for document in (before, after)]
    assert words[0] == words[1]
    assert TEXT in words[1]
    assert len(lean) < 0.6 * len(whole)


def test_every_class_has_its_style_and_every_reference_its_identifier(tmp_path):
    whole, lean = drawn(tmp_path / "small.svg")
    tags = "".join(re.findall(r"<[^>]+>", lean))
    rules = dict(re.findall(r"\.(small-\d+) \{([^}]*)\}", lean))
    assert set(re.findall(r'class="([^"]+)"', tags)) == set(rules)
    styles = re.findall(r' style="([^"]*)"', "".join(re.findall(r"<[^>]+>", whole)))
    assert {re.sub(r"(\d\.\d\d)\d+", r"\1", " ".join(style.split())) for style in styles} == set(rules.values())
    assert set(re.findall(r'(?:url\(|href=")#([^")]+)', tags)) == set(re.findall(r' id="([^"]+)"', tags))


def test_coordinates_keep_a_hundredth_of_a_point(tmp_path):
    whole, lean = drawn(tmp_path / "small.svg")
    numbers = [[float(n) for n in re.findall(r' x="([\d.]+)"', text)] for text in (whole, lean)]
    assert max(abs(one - other) for one, other in zip(*numbers, strict=True)) < 0.01
    assert not re.search(r' (d|x|y)="[^"]*\.\d{3}', "".join(re.findall(r"<[^>]+>", lean)))
