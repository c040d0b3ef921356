"""Tables in a browser: in which order, and what is saved of them."""

import csv

import pytest
from numpy.testing import assert_allclose

from spectra.report import accounts
from spectra.report.cell import Cell, plain
from spectra.report.growth_exhibit import growth_exhibit
from spectra.report.page_scripts import HERE
from spectra.report.question import EDGE
from spectra.report.words import bound, duration, factor, number, span, whole


def saved(tab, sheet, path):
    """Rows of a table as its button saves them, and the name of the file."""
    with tab.expect_download() as waiting:
        sheet.get_by_role("button", name="Save as CSV").click()
    waiting.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file)), waiting.value.suggested_filename


def captioned(tab, start):
    return tab.locator(".sheet").filter(has=tab.locator("caption", has_text=start))


def test_a_click_on_a_head_puts_a_table_in_order_and_a_third_one_puts_it_back(shown):
    table = captioned(shown, "Cost.").locator("table")
    head = table.locator("thead th").first

    def column():
        return table.locator("tr > th[scope=row]").all_text_contents()

    given = column()
    assert given == ["32", "64", "128", "256", "all"]
    for order, wanted in (("ascending", given), ("descending", [*given[3::-1], "all"]), (None, given)):
        head.get_by_role("button").click()
        assert (head.get_attribute("aria-sort"), column()) == (order, wanted)
    head.get_by_role("button").press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"


def test_the_total_is_last_by_any_column(shown):
    table = captioned(shown, "Cost.").locator("table")
    for head in table.locator("thead th").all():
        for _ in range(2):
            head.get_by_role("button").click()
            assert table.locator("tr").last.locator("th").text_content() == "all"


def test_cells_are_ordered_by_their_values_and_not_by_their_texts(shown):
    table = captioned(shown, "Cost.").locator("table")
    times = table.locator("thead th").nth(2)
    times.get_by_role("button").click()
    seconds = [float(cell.get_attribute("data-seconds")) for cell in table.locator("tbody td:nth-child(3)").all()]
    assert seconds == sorted(seconds)
    texts = {"1.5": 1.5, "–": None, "": None, "muP": None, "0": 0}
    script = (HERE / "page_tables.js").read_text(encoding="utf-8")
    given = [[text, {}] for text in texts] + [
        ["×20", {"factor": "20.4"}],
        ["∞", {"value": "inf"}],
        ["–", {"value": ""}],
    ]
    cells = "cells.map(([textContent, dataset]) => { const found = cellNumber({ textContent, dataset });"
    found = shown.evaluate(
        f"(cells) => {{ {script}\n return {cells} return found === Infinity ? 'inf' : found; }}); }}", given
    )
    assert found == [*texts.values(), 20.4, "inf", None]


@pytest.mark.parametrize("caption", ["Settings of the runs", "The numbers behind the verdicts"])
def test_rows_of_different_kinds_have_no_order(shown, caption):
    shown.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    sheet = captioned(shown, caption)
    assert sheet.get_by_role("button", name="Save as CSV").count() == 1
    assert sheet.locator("tbody tr").count() >= 3
    assert sheet.locator(".order").count() == 0


def test_a_saved_table_has_all_digits_of_its_numbers(shown, real, tmp_path):
    rows, name = saved(shown, captioned(shown, "Cost."), tmp_path / "cost.csv")
    assert name == "cost.csv"
    cells = [*accounts.costs(real).rows, *accounts.costs(real).last]
    assert [row["width"] for row in rows] == ["32", "64", "128", "256", "all"]
    for row, told in zip(rows, cells, strict=True):
        assert float(row["time, all runs, seconds"]) == told[2].values["seconds"]
        assert float(row["products, all runs"]) == told[4].values["value"]


def test_an_interval_is_saved_as_its_two_ends(shown, real, tmp_path):
    shown.locator("section[aria-labelledby=about-growth] summary").click()
    sheet = shown.locator("section[aria-labelledby=about-growth] .sheet")
    rows, name = saved(shown, sheet, tmp_path / "growth.csv")
    assert name == "growth-of-the-effective-sharpness-from-the-first-checkpoint-to-the-plateau.csv"
    assert {row["case"] for row in rows} == {"muP", "NTK, matched at the base width"}
    table = growth_exhibit(real, *EDGE).tables["growth"]
    assert_allclose(
        [[float(row[key]) for key in ("growth, factor", "interval, low", "interval, high")] for row in rows],
        table[["factor", "low", "high"]], rtol=1e-15,
    )  # fmt: skip


def test_a_saved_table_has_no_formula_in_it_and_long_lists_are_whole(shown, real, tmp_path):
    rows, _ = saved(shown, captioned(shown, "Settings of the runs"), tmp_path / "settings.csv")
    by_name = {row["setting"]: row["value"] for row in rows}
    assert by_name["rate"] == ", ".join(plain(rate) for rate in sorted(real.table["rate"].unique()))
    quoted = "given.map(quoted)"
    script = (HERE / "page_tables.js").read_text(encoding="utf-8")
    given = ["=1+1", "-0.5", "-1+1", "-inf", '+"', "@a", "plain"]
    found = shown.evaluate(f"(given) => {{ {script}\n return {quoted}; }}", given)
    assert found == ['"\'=1+1"', '"-0.5"', '"\'-1+1"', '"-inf"', '"\'+"""', '"\'@a"', '"plain"']


def test_words_of_numbers_keep_what_they_tell():
    third = 1 / 3
    assert (number(third), number(third).values) == ("0.333", {"value": third})
    assert span(-third, third).values == {"low": -third, "high": third}
    assert (duration(200.5), duration(200.5).values) == ("3.34 min", {"seconds": 200.5})
    assert whole(2480).attributes == {"data-value": "2480"}
    assert_allclose([factor(third).values["factor"], bound(third).values["factor"]], 1.3956124250860895)
    assert Cell("–", {"low": float("nan"), "high": float("inf")}).attributes == {"data-low": "", "data-high": "inf"}
