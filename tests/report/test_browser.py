"""Pages as people meet them: in a browser, with scripts and without, with a pointer, a keyboard and a screen reader."""

import json
import re

import pandas as pd
import pytest
from numpy.testing import assert_allclose

from spectra.report.exhibits import exhibits
from tests.report.browser import explored, opened
from tests.report.drawn import NAMES


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (1280, "light"),
        (390, "dark"),
        pytest.param(1280, "dark", marks=pytest.mark.slow),
        pytest.param(390, "light", marks=pytest.mark.slow),
    ],
)
def test_every_figure_is_seen_and_nothing_is_wider_than_the_window(chromium, page, scheme, width):
    with opened(chromium, page, width=width, color_scheme=scheme) as (tab, _):
        drawings = tab.locator(".drawing svg").all()
        assert len(drawings) == len(NAMES)
        assert all(box["width"] > 300 and box["height"] > 80 for box in (each.bounding_box() for each in drawings))
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_without_scripts_the_page_is_whole_and_has_no_dead_button(chromium, page):
    with opened(chromium, page, java_script_enabled=False) as (tab, _):
        assert tab.locator(".drawing svg").count() == len(NAMES)
        assert tab.locator("button").count() == 0


def test_colors_of_figures_follow_the_scheme_and_stay_those_of_paper_in_print(chromium, page):
    ground = "getComputedStyle(document.querySelector('.drawing svg > path')).fill"
    with opened(chromium, page, color_scheme="dark") as (tab, _):
        assert tab.evaluate(ground) == "rgb(27, 31, 39)"
        tab.emulate_media(media="print")
        assert tab.evaluate(ground) == "rgb(255, 255, 255)"


def test_charts_take_the_place_of_the_drawing_and_print_shows_the_drawing(shown):
    figure = explored(shown, NAMES[0])
    assert figure.locator("canvas").count() == 2
    assert not figure.locator(".drawing").is_visible()
    shown.emulate_media(media="print")
    assert figure.locator(".drawing").is_visible()
    assert not figure.locator("canvas").first.is_visible()
    shown.emulate_media(media="screen")
    figure.get_by_role("button", name="Explore the values").click()
    assert figure.locator(".drawing").is_visible()


def test_the_points_of_every_chart_are_those_of_the_table_beside_the_page(shown, real, page):
    found = {exhibit.name: exhibit.charts for exhibit in exhibits(real)}
    # A map with few cells, each of which is in the table below it, needs no curves.
    assert [name for name, charts in found.items() if not charts] == ["regret"]
    for name, charts in found.items():
        sources = shown.locator(f"section[aria-labelledby=about-{name}] script.points").all_text_contents()
        for chart, source in zip(charts, map(json.loads, sources), strict=True):
            curves = [curve for panel in source["panels"] for curve in panel["curves"]]
            told = [value for curve in curves if not {"seed", "dashed"} & set(curve) for value in curve["y"]]
            values = pd.read_csv(page.parent / "figures" / f"{chart.table}.csv")[chart.y].astype(float)
            finite = sorted(values[values.abs() < float("inf")])
            assert_allclose(sorted(value for value in told if value is not None), finite, rtol=1e-5, atol=1e-12)


def test_the_pointer_reads_values_in_all_panels(shown, page):
    figure = explored(shown, NAMES[0])
    before = figure.locator("caption").text_content()
    area = figure.locator(".u-over").first.bounding_box()
    shown.mouse.move(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
    told = figure.locator("caption").text_content()
    assert told == "effective sharpness at step 60" != before
    table = pd.read_csv(page.parent / "figures" / f"{NAMES[0]}.csv")
    rows = table[(table["step"] == 60) & table["run"].isna()]
    for row in figure.locator("tbody tr").all():
        size = float(row.locator("th").text_content())
        cells = [float(re.match(r"[\d.]+", cell)[0]) for cell in row.locator("td").all_text_contents()]
        assert_allclose(cells, rows.loc[rows["width"] == size, "value"], rtol=1e-3)


def test_the_keyboard_reads_the_same_values(shown):
    slider = explored(shown, NAMES[0]).get_by_role("slider")
    slider.focus()
    assert slider.get_attribute("aria-valuetext") == "step 120"
    shown.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "step 110"
    shown.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "step 0"


def test_a_switch_makes_an_axis_linear_and_a_size_can_be_put_away(shown):
    figure = explored(shown, NAMES[0])
    canvas = figure.locator("canvas").first
    pictures = [canvas.screenshot()]
    figure.get_by_label("logarithmic effective sharpness").uncheck()
    pictures.append(canvas.screenshot())
    figure.get_by_role("checkbox", name="256").uncheck()
    pictures.append(canvas.screenshot())
    area = figure.locator(".u-over").first.bounding_box()
    shown.mouse.move(area["x"] + 0.2 * area["width"], area["y"] + 50)
    shown.mouse.down()
    shown.mouse.move(area["x"] + 0.5 * area["width"], area["y"] + 60)
    shown.mouse.up()
    pictures.append(canvas.screenshot())
    assert len(set(pictures)) == 4
    shown.mouse.dblclick(area["x"] + 0.5 * area["width"], area["y"] + 60)
    assert canvas.screenshot() == pictures[2]


def test_the_contents_lead_to_every_section(shown):
    shown.get_by_text("Contents", exact=True).click()
    links = shown.locator(".contents a").all()
    assert len(links) > len(NAMES)
    for link in links:
        assert shown.locator(link.get_attribute("href")).count() == 1
