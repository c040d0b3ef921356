import re

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure

from spectra.report.dark import PAPER, darken, in_the_dark
from spectra.report.exhibits import exhibits
from spectra.report.style import INK, MUTED, size_colors, style, svg_text
from tests.report.vision import contrast, lab

SERIES = ["#33508f", "#b04a00", "#2e7d4f", "#b3261e", "#0072b2", "#d55e00", "#cc79a7", "#e69f00"]


def hue(color):
    _, a, b = lab(color)
    return np.arctan2(b, a)


def test_white_becomes_the_dark_ground_and_ink_becomes_light():
    assert in_the_dark("white") == PAPER
    assert contrast(in_the_dark(INK), PAPER) > 12
    assert contrast(in_the_dark(MUTED), PAPER) > 4.5


@pytest.mark.parametrize("color", SERIES)
def test_a_color_keeps_its_hue_and_its_contrast(color):
    dark = in_the_dark(color)
    turn = (hue(dark) - hue(color) + np.pi) % (2 * np.pi) - np.pi
    assert abs(np.degrees(turn)) < 25  # hues of CIELAB bend where those of Oklab are straight, most of all for blue
    assert contrast(dark, PAPER) > 0.75 * min(contrast(color, "white"), 8)


def test_opacity_stays():
    assert to_rgba(in_the_dark((0.2, 0.3, 0.6, 0.4)))[3] == pytest.approx(0.4, abs=1 / 255)
    assert len(in_the_dark("#33508f")) == 7


def everything() -> Figure:
    """A figure with every kind of thing that figures are made of."""
    with style():
        figure = Figure(layout="constrained")
        axes = figure.add_subplot()
        axes.plot([1, 2], [1, 2], "o-", color="#33508f", markeredgecolor="white", markerfacecolor="none", label="line")
        axes.errorbar([1, 2], [2, 1], yerr=0.1, color="#b04a00", label="bars")
        axes.fill_between([1, 2], [0, 0], [1, 1], color="#2e7d4f", alpha=0.2, label="band")
        axes.pcolormesh([1, 1.5, 2], [0, 0.5], [[0.1, 0.9]], cmap="YlOrBr")
        axes.scatter([1, 2], [1, 1], c=["#33508f", "#b04a00"])
        axes.imshow([[0.0, 1.0]], extent=(1, 2, 2, 3), cmap="viridis", aspect="auto")
        axes.text(1, 1, "word", color=INK, bbox={"facecolor": "white", "edgecolor": "#33508f"})
        axes.set_title("title")
        axes.secondary_yaxis("right")
        figure.legend(loc="outside upper center")
    return figure


def test_every_color_of_a_figure_is_turned():
    paper, dark = everything(), everything()
    darken(dark)
    assert to_hex(dark.get_facecolor()) == to_hex(dark.axes[0].get_facecolor()) == PAPER
    pairs = [(a, b) for a, b in zip(paper.axes[0].lines, dark.axes[0].lines, strict=True)]
    assert all(to_hex(b.get_color()) == in_the_dark(a.get_color()) for a, b in pairs)
    assert dark.axes[0].lines[0].get_markerfacecolor() == "none"
    assert dark.axes[0].lines[0].get_markeredgecolor() == pytest.approx(to_rgba(PAPER))
    words = dark.findobj(lambda artist: hasattr(artist, "get_bbox_patch"))
    assert all(contrast(to_hex(text.get_color()), PAPER) > 4.5 for text in words if text.get_text())
    image = dark.axes[0].images[0]
    assert to_hex(image.to_rgba(0.0)) == in_the_dark(paper.axes[0].images[0].to_rgba(0.0))


def test_no_color_of_paper_is_left_in_a_drawing(real):
    known = {"#ffffff", INK, MUTED, *size_colors(real.sizes).values()}
    for exhibit in [each for each in exhibits(real) if each.name in ("rates", "regret", "trend")]:
        figure = exhibit.draw()
        darken(figure)
        found = set(re.findall("#[0-9a-f]{6}", svg_text(figure, salt="")))
        assert not found & known, exhibit.name
        assert PAPER in found
