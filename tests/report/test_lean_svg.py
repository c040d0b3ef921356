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
        axes.errorbar([0, 1, 2, 3], [0.1, 0.7, 0.3, 0.2], yerr=0.1, fmt="o-", clip_on=True)
        axes.fill_between([0, 1], [0, 0], [1, 1], alpha=0.3)
        axes.set_title(TEXT)
        figure.savefig(path, format="svg")
    whole = path.read_text(encoding="utf-8")
    return whole, lean_svg(whole)


def elements(text, tag):
    return minidom.parseString(text.encode()).getElementsByTagName(tag)


def test_the_same_words_and_marks_stand_there_with_a_third_of_the_length(tmp_path):
    whole, lean = drawn(tmp_path / "small.svg")
    words = [[each.firstChild.data for each in elements(text, "text")] for text in (whole, lean)]
    assert words[0] == words[1]
    assert TEXT in words[1]
    places = [[float(use.getAttribute("x")) for use in elements(text, "use")] for text in (whole, lean)]
    assert len(places[0]) == len(places[1])
    assert max(abs(one - other) for one, other in zip(*places, strict=True)) < 0.0051
    assert len(lean) < 0.4 * len(whole)


def test_no_line_is_lost_when_lines_are_joined(tmp_path):
    whole, lean = drawn(tmp_path / "small.svg")
    moves = [sum(each.getAttribute("d").count("M") for each in elements(text, "path")) for text in (whole, lean)]
    assert moves[0] == moves[1]
    assert len(elements(lean, "path")) < len(elements(whole, "path"))


def test_every_class_has_its_style_and_every_reference_its_identifier(tmp_path):
    whole, lean = drawn(tmp_path / "small.svg")
    tags = "".join(re.findall(r"<[^>]+>", lean))
    rules = dict(re.findall(r"\.(c\d+)\{([^}]*)\}", lean))
    assert set(re.findall(r'class="([^"]+)"', tags)) == set(rules)
    colors = {color for style in re.findall(r' style="([^"]*)"', whole) for color in re.findall("#[0-9a-f]{6}", style)}
    assert colors <= set(re.findall("#[0-9a-f]{6}", " ".join(rules.values())))
    assert set(re.findall(r'(?:url\(|href=")#([^")]+)', tags)) == set(re.findall(r' id="([^"]+)"', tags))


def test_no_group_is_empty_of_meaning(tmp_path):
    _, lean = drawn(tmp_path / "small.svg")
    assert all(group.attributes.length for group in elements(lean, "g"))
