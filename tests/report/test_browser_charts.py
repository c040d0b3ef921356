"""Charts in a browser: what is drawn after a part was enlarged, on which axes, with which words."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from spectra.report.comparison_exhibit import comparison_exhibits
from spectra.report.comparison_tables import comparisons
from spectra.report.page import write_page
from spectra.report.page_scripts import HERE
from spectra.verdicts.pairing import Pairing
from tests.report.browser import explored, opened
from tests.verdicts.paired_tables import paired_table

COUNTED = """(canvas, color) => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  const wanted = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  let found = 0;
  const near = (at) => wanted.every((value, k) => Math.abs(data[at + k] - value) < 36);
  for (let at = 0; at < data.length; at += 4) found += near(at) ? 1 : 0;
  return found;
}"""

WRITTEN = """() => {
  const write = CanvasRenderingContext2D.prototype.fillText;
  window.written = [];
  CanvasRenderingContext2D.prototype.fillText = function (text, ...where) {
    window.written.push(text);
    write.call(this, text, ...where);
  };
}"""


def dragged(tab, area, start, end):
    """Enlarge the part between two shares of a panel."""
    for share, act in ((start, tab.mouse.down), (end, tab.mouse.up)):
        tab.mouse.move(area["x"] + share * area["width"], area["y"] + 60)
        act()


def computed(tab, names, expression, given):
    """What the functions of some scripts give."""
    scripts = "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)
    return tab.evaluate(f"(given) => {{ {scripts}\n return {expression}; }}", given)


def test_lines_that_cross_an_enlarged_part_between_two_points_are_drawn(shown):
    figure = explored(shown, "effective_sharpness")
    colors = [line["color"] for line in json.loads(figure.locator("script.points").text_content())["lines"]]
    canvas = figure.locator("canvas").nth(1)
    # Checkpoints are every ten steps of an axis from -6 to 126: none lies between 51 and 55.
    dragged(shown, figure.locator(".u-over").nth(1).bounding_box(), 0.43, 0.46)
    assert min(canvas.evaluate(COUNTED, color) for color in colors) > 200


def test_heights_of_a_part_are_those_of_the_lines_where_they_enter_and_leave_it(shown):
    given = {"x": [0, 10, 20], "y": [1, 100, None], "part": [4, 6]}
    call = "within(given.x, given.y, given.part, {{ x: {{ distr: 1 }}, y: {{ distr: {} }} }}).sort((a, b) => a - b)"
    scripts = ("page_axes.js", "page_points.js")
    assert_allclose(computed(shown, scripts, call.format(3), given), [10**0.8, 10**1.2])
    assert_allclose(computed(shown, scripts, call.format(1), given), [40.6, 60.4])


def test_an_axis_that_holds_zero_goes_to_paper_and_back(shown):
    call = "given.map((value) => valueAtPlace(placeOf(value, { distr: 4, asinh: 0.5 }), { distr: 4, asinh: 0.5 }))"
    given = [-30.0, 0.0, 0.25, 1e6]
    assert_allclose(computed(shown, ["page_axes.js"], call, given), given)


def test_step_0_has_a_place_on_a_logarithmic_axis(shown):
    figure = explored(shown, "effective_sharpness")
    figure.get_by_label("logarithmic step").check()
    slider = figure.get_by_role("slider")
    slider.focus()
    shown.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "step 0"
    for line in figure.locator(".u-cursor-x").all():
        area = line.locator("xpath=..").bounding_box()
        assert 0 <= line.bounding_box()["x"] - area["x"] < 0.1 * area["width"]


def test_the_limit_is_named_above_its_panel_and_not_on_its_line(chromium, page):
    with opened(chromium, page) as (tab, _):
        tab.evaluate(WRITTEN)
        figure = explored(tab, "effective_sharpness")
        figure.locator(".levels").first.wait_for()
        assert figure.locator(".levels").all_text_contents() == ["dashed: stability limit 2"] * 2
        assert "step" in tab.evaluate("window.written")
        assert not [text for text in tab.evaluate("window.written") if "limit" in text]


def test_single_seeds_are_drawn_when_asked_for_and_are_those_of_their_table(shown, page):
    figure = explored(shown, "effective_sharpness")
    source = json.loads(figure.locator("script.points").text_content())
    told = [value for panel in source["panels"] for curve in panel["curves"] if "seed" in curve for value in curve["y"]]
    values = pd.read_csv(page.parent / "figures" / "effective_sharpness-seeds.csv")["value"]
    assert_allclose(sorted(told), sorted(values), rtol=1e-5)
    canvas, words = figure.locator("canvas").first, figure.locator("tbody").inner_text()
    before = canvas.screenshot()
    figure.get_by_label("single seeds").check()
    assert canvas.screenshot() != before
    assert figure.locator("tbody").inner_text() == words
    figure.get_by_label("single seeds").uncheck()
    assert canvas.screenshot() == before


def test_a_figure_says_of_a_chart_what_the_chart_shows_and_of_the_drawing_what_that_shows(shown):
    figure = shown.locator("section[aria-labelledby=about-gap] figure")
    drawn, charted = figure.locator("figcaption .drawn"), figure.locator("figcaption .charted")
    assert drawn.is_visible()
    assert not charted.is_visible()
    explored(shown, "gap")
    assert not drawn.is_visible()
    assert charted.inner_text().startswith("Gap (log units) against step, one line for each width.")
    shown.emulate_media(media="print")
    assert drawn.is_visible()
    assert not charted.is_visible()


@pytest.fixture(scope="module")
def comparison():
    """A comparison in two panels along a number that grows by factors."""
    changes = np.array([-0.5, -0.2, 0.1, 0.3])[:, None] + 0.02 * np.random.default_rng(5).standard_normal((4, 5))
    rows = paired_table(changes, names=("target",))
    rows = rows.assign(target=10.0 ** rows["target"])
    both = [rows.assign(width=width, regime=regime, run=rows["run"] + regime)
            for width, regime in ((8, "ntk_matched"), (16, "mup"))]  # fmt: skip
    (found,), _ = comparisons(pd.concat(both), [Pairing("test_error", "expansion")])
    return found


def test_a_comparison_is_explored_as_it_is_drawn(chromium, real, comparison, plain_fonts, tmp_path):
    (exhibit,) = comparison_exhibits([comparison])
    drawing = exhibit.draw()
    titles = [axes.get_title(loc="left") for axes in drawing.axes if axes.get_title(loc="left")]
    with opened(chromium, write_page(replace(real, comparisons=(comparison,)), tmp_path)) as (tab, _):
        figure = explored(tab, "comparison-1")
        means, changes = figure.locator(".live").all()
        assert means.locator(".of").all_text_contents() == changes.locator(".of").all_text_contents() == titles
        assert drawing.axes[0].get_xscale() == drawing.axes[0].get_yscale() == "log"
        assert [box.is_checked() for box in figure.locator(".switches input").all()] == [True] * 4
        assert changes.locator("caption").text_content() == "ratio to network at target 10⁴".replace("10⁴", "10000")
        row = comparison.rows[(comparison.rows["target"] == 1e4) & (comparison.rows["width"] == 8)].iloc[0]
        told = changes.locator("tbody td").first.text_content().split()
        assert_allclose([float(told[0]), float(told[1])], [row["change"], row["low"]], rtol=1e-3)


@pytest.mark.parametrize(("width", "cut"), [(390, True), (1280, False)])
def test_a_drawing_that_is_wider_than_its_place_says_so(chromium, page, width, cut):
    with opened(chromium, page, width=width) as (tab, _):
        assert tab.locator(".drawing").count() > 8
        for drawing in tab.locator(".drawing").all():
            wider = drawing.evaluate("(element) => element.scrollWidth > element.clientWidth")
            assert drawing.locator("xpath=following-sibling::p").is_visible() == wider == cut
        explored(tab, "effective_sharpness")
        assert not tab.locator("#about-effective_sharpness + figure .cut").is_visible()
