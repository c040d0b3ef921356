"""Pages as people meet them: in a browser, with scripts and without, with a pointer, a keyboard and a screen reader."""

import csv
import json
import re

import pandas as pd
import pytest
from numpy.testing import assert_allclose

from spectra.report.exhibits import exhibits
from spectra.report.page_scripts import HERE
from tests.report.browser import opened
from tests.report.test_figures import NAMES


@pytest.fixture
def shown(chromium, page):
    with opened(chromium, page) as (tab, _):
        yield tab


def explored(tab, name):
    """The charts of a figure, opened by its button."""
    figure = tab.locator(f"section[aria-labelledby=about-{name}] figure")
    figure.get_by_role("button", name="Explore the values").click()
    return figure


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
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
    charts = {exhibit.name: exhibit.chart for exhibit in exhibits(real) if exhibit.chart is not None}
    assert len(charts) >= 8
    for name, chart in charts.items():
        source = json.loads(shown.locator(f"section[aria-labelledby=about-{name}] script.points").text_content())
        told = [value for panel in source["panels"] for curve in panel["curves"] for value in curve["y"]]
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


def test_a_click_on_a_head_puts_a_table_in_order_and_a_third_one_puts_it_back(shown):
    table = shown.locator("section[aria-labelledby=basis] table").nth(1)
    head = table.locator("thead th").first

    def column():
        return table.locator("tbody th").all_text_contents()

    given = column()
    assert given == ["32", "64", "128", "256", "all"]
    for order, wanted in (("ascending", given), ("descending", [*given[3::-1], "all"]), (None, given)):
        head.get_by_role("button").click()
        assert (head.get_attribute("aria-sort"), column()) == (order, wanted)
    head.get_by_role("button").press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"


def test_cells_are_ordered_by_the_numbers_that_a_reader_sees(shown):
    cells = {
        "−0.5": -0.5, "2\u202f480": 2480, "×20": 20, "1.2×10⁻⁷": 1.2e-7, "10⁻⁸": 1e-8, "3 min": 180, "+5 %": 5,
        "4 of 4": 4, "muP": None, "0.91 to 0.97": 0.91,
    }  # fmt: skip
    script = (HERE / "page_tables.js").read_text(encoding="utf-8")
    found = shown.evaluate(f"(cells) => {{ {script}\n return cells.map(cellNumber); }}", list(cells))
    assert found == list(cells.values())


def test_a_table_can_be_saved_as_csv_without_a_formula_in_it(shown, tmp_path):
    sheet = shown.locator("section[aria-labelledby=verdicts] .sheet").first
    with shown.expect_download() as waiting:
        sheet.get_by_role("button", name="Save as CSV").click()
    waiting.value.save_as(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["", *sheet.locator("thead th").all_text_contents()]
    assert len(rows) == 1 + sheet.locator("tbody tr").count()
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_the_contents_lead_to_every_section(shown):
    shown.get_by_text("Contents", exact=True).click()
    links = shown.locator(".contents a").all()
    assert len(links) > len(NAMES)
    for link in links:
        assert shown.locator(link.get_attribute("href")).count() == 1
