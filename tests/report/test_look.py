"""Figures for papers and slides: as wide as they must be, the same colours, files of every kind."""

import re
from itertools import pairwise

import pytest
from matplotlib.colors import to_hex
from PIL import Image

from spectra.report.exhibits import exhibits
from spectra.report.figure_files import write_figures
from spectra.report.look import PAGE, current, drawn_for, look
from spectra.report.panels import arrangement, figure_width
from spectra.report.style import size_colors
from tests.report.drawn import draw

LOOKS = [PAGE, look("paper", columns=1), look("paper"), look("talk"), look("dark")]


@pytest.mark.parametrize(
    ("style", "columns", "told"),
    [
        ("poster", None, "no style 'poster'; there are paper, talk, dark"),
        ("paper", 3, "use 1 or 2"),
        ("talk", 2, "only paper has columns"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(style, columns, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        look(style, columns=columns)


def interrupted():
    with drawn_for(look("talk")):
        raise KeyError(current().name)


def test_a_look_ends_with_its_block():
    with pytest.raises(KeyError, match="talk"):
        interrupted()
    assert current() == PAGE


@pytest.mark.parametrize("wanted", LOOKS, ids=lambda look: look.name)
def test_panels_stand_beside_each_other_as_far_as_the_look_allows(wanted):
    with drawn_for(wanted):
        assert [max(arrangement(count)) for count in range(1, 7)] == [
            1, 1 if wanted.few == 2 else 2, *(min(count, wanted.beside) for count in (3, 2, 3, 3))
        ]  # fmt: skip
        assert (figure_width(1), figure_width(4)) == (wanted.alone, wanted.width)


@pytest.mark.parametrize("name", ["effective_sharpness", "growth", "rates", "exponents"])
@pytest.mark.parametrize("wanted", LOOKS[1:4], ids=lambda look: look.name)
def test_every_figure_is_as_wide_as_its_look(wanted, name, real):
    with drawn_for(wanted):
        assert draw(real, name).get_figwidth() == pytest.approx(figure_width(2))


@pytest.mark.parametrize("wanted", LOOKS[1:4], ids=lambda look: look.name)
def test_no_words_overlap_and_none_leave_the_figure(wanted, real):
    with drawn_for(wanted):
        figure = draw(real, "rates")
    figure.draw_without_rendering()
    for axes in figure.axes:
        labels = [label.get_window_extent() for label in axes.get_xticklabels() if label.get_text()]
        assert all(left.x1 < right.x0 for left, right in pairwise(labels))
    boxes = [
        text.get_window_extent() for axes in figure.axes for text in (axes.title, axes.yaxis.label) if text.get_text()
    ]
    assert all(box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1 for box in boxes)


def test_a_size_has_one_color_on_every_figure_of_every_style_on_white(real):
    colors = set(size_colors(real.sizes).values())
    for wanted in LOOKS[:4]:
        with drawn_for(wanted):
            axes = draw(real, "effective_sharpness").axes[0]
        named = {line.get_label(): to_hex(line.get_color()) for line in axes.lines if "width" in str(line.get_label())}
        assert named == {f"width {size}": color for size, color in size_colors(real.sizes).items()}
        assert set(named.values()) == colors


def test_files_of_a_look_have_editable_text_and_the_dots_of_their_width(real, tmp_path, plain_fonts):
    wanted = look("paper", columns=1)
    drawn = {exhibit.name: exhibit.draw for exhibit in exhibits(real) if exhibit.name == "regret"}
    vector, print_ready, dots = write_figures(drawn, tmp_path / "new", wanted)
    assert "width that is trained" in vector.read_text(encoding="utf-8")
    assert print_ready.read_bytes().startswith(b"%PDF")
    with Image.open(dots) as picture:
        assert picture.width == int(wanted.width * wanted.dots)
    again = write_figures(drawn, tmp_path / "again", wanted)
    assert [path.read_bytes() for path in (vector, print_ready, dots)] == [path.read_bytes() for path in again]


def test_in_a_paper_of_two_columns_two_panels_stand_below_one_another_in_one():
    with drawn_for(look("paper", columns=2)):
        assert (figure_width(2), arrangement(2)) == (3.25, [1, 1])
        assert (figure_width(3), arrangement(3)) == (6.75, [3])
    with drawn_for(look("paper", columns=1)):
        assert (figure_width(2), arrangement(2)) == (5.5, [2])
