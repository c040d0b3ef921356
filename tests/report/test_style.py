import matplotlib
import pytest
from matplotlib.figure import Figure

from spectra.report.style import escape, save, size_colors, size_markers, style
from tests.report.vision import luminance


@pytest.mark.parametrize("count", [1, 2, 4, 9])
def test_every_size_contrasts_with_paper_and_larger_is_darker(count):
    lights = [luminance(color) for color in size_colors([2**k for k in range(count)]).values()]
    assert all(1.05 / (light + 0.05) >= 3 for light in lights)
    assert lights == sorted(lights, reverse=True)


def test_neighbouring_sizes_differ_in_marker_too():
    markers = list(size_markers([32, 64, 128, 256, 512]).values())
    assert len(set(markers)) == 5


def test_a_users_own_settings_change_nothing():
    with matplotlib.rc_context({"text.usetex": True, "axes.facecolor": "black"}), style():
        assert matplotlib.rcParams["text.usetex"] is False
        assert matplotlib.rcParams["axes.facecolor"] == "white"


def drawing(text: str) -> Figure:
    with style():
        figure = Figure(figsize=(2, 1))
        figure.subplots().set_title(escape(text))
        figure.gca().plot([0, 1], [0, 1], "o-", clip_on=True)
    return figure


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    first, second = save(drawing("t"), tmp_path / "a" / "f"), save(drawing("t"), tmp_path / "b" / "f")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.parametrize("text", [r"$\frac{$", "costs $5 or $6", r"\$ alone", "<b>&\"'", "千葉 😀 ∂", "x" * 300])
def test_user_text_stands_in_the_drawing_as_it_is(text, tmp_path):
    from xml.etree import ElementTree

    vector, print_ready = save(drawing(text), tmp_path / "f")
    texts = [node.text for node in ElementTree.parse(vector).iter("{http://www.w3.org/2000/svg}text")]
    assert text in texts
    assert print_ready.stat().st_size > 1000
