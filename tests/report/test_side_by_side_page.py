"""The page of several experiments."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from spectra.report import side_by_side_page
from spectra.report.comparison_tables import comparisons
from spectra.report.side_by_side import Side, shared_exhibits
from spectra.report.side_by_side_page import NOTHING_SHARED, write_side_by_side
from spectra.report.side_by_side_sheets import experiment_sheet
from spectra.report.side_by_side_verdicts import compared_answers
from tests.report.browser import opened
from tests.report.outline import Outline
from tests.report.test_comparison import EXPANSION, SCATTER
from tests.verdicts.paired_tables import paired_table

EVIL = '<script>alert(1)</script> & "quotes" \' {{ 7 * 7 }} \u202e $x$'


def thin(study):
    """With the consistency of one case alone: a page with few figures."""
    return replace(study, cases=tuple(replace(case, transfer=None, consistency={}) for case in study.cases))


@pytest.mark.usefixtures("plain_fonts")
def test_the_page_links_to_those_of_the_experiments_and_shows_names_as_text(sides, tmp_path):
    (tmp_path / "notes.md").write_text(f"By hand: {EVIL}")
    evil = replace(sides[1], label=EVIL, study=replace(sides[1].study, title=EVIL, notes=(EVIL,)), recipe=EVIL)
    few = [replace(side, study=thin(side.study)) for side in (sides[0], evil)]
    page = write_side_by_side(few, tmp_path, again=f"spectra report {EVIL}")
    outline = Outline(page.read_text(encoding="utf-8"))
    names = [each["id"] for _, each in outline.elements if "id" in each]
    assert len(names) == len(set(names))
    assert "<script>alert" not in page.read_text(encoding="utf-8")
    assert ("a", {"href": "../width/index.html"}) in outline.elements
    assert outline.text.count(EVIL.replace("\u202e", "\ufffd")) >= 5
    assert pd.read_csv(tmp_path / "verdicts.csv")["experiment"].nunique() == 2


@pytest.mark.usefixtures("plain_fonts")
def test_an_experiment_of_which_no_run_has_finished_is_named_and_takes_nothing_from_the_others(sides, known, tmp_path):
    nothing = replace(
        known, table=known.table.iloc[:0], cases=(), exponents=known.exponents.iloc[:0],
        provenance=known.provenance.iloc[:0], notes=("No run has finished.",),
    )  # fmt: skip
    page = write_side_by_side([sides[0], Side("later", nothing, 64)], tmp_path)
    text = Outline(page.read_text(encoding="utf-8")).text
    assert NOTHING_SHARED in text
    assert "later: No run has finished." in text
    assert [row[2:] for row in experiment_sheet([Side("later", nothing, 64)]).rows] == [("0", "0", "1", "63", "–")]
    empty = write_side_by_side([Side("later", nothing, 64), Side("never", nothing, 64)], tmp_path / "empty")
    assert "No verdict yet" in empty.read_text(encoding="utf-8")


@pytest.mark.usefixtures("plain_fonts")
def test_what_was_compared_in_one_experiment_stands_on_the_page_with_its_name(sides, tmp_path):
    compared, _ = comparisons(paired_table(np.full((2, 1), -0.5) + SCATTER[:2]), [EXPANSION])
    nothing = replace(sides[1].study, cases=(), notes=(), exponents=sides[1].study.exponents.iloc[:0])
    both = [Side("bare", nothing), Side("paired", replace(nothing, comparisons=compared))]
    assert [(question, answer.side.label, answer.verdict) for question, answer in compared_answers(both)] == [
        ("Does the test error at the last step differ between network and taylor?", "paired", "lower")
    ]
    page = write_side_by_side(both, tmp_path)
    outline = Outline(page.read_text(encoding="utf-8"))
    assert "taylor against network" in outline.text
    assert "No verdict yet" not in outline.text
    rows = pd.read_csv(tmp_path / "comparisons.csv")
    assert rows[["experiment", "word"]].drop_duplicates().to_numpy().tolist() == [["paired", "lower"]]
    write_side_by_side(both[:1] * 2, tmp_path)
    assert not (tmp_path / "comparisons.csv").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("plain_fonts")
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_in_a_browser_the_page_fits_the_window_sorts_and_unfolds(chromium, sides, tmp_path, monkeypatch, scheme, width):
    monkeypatch.setattr(side_by_side_page, "shared_exhibits", lambda sides: shared_exhibits(sides)[:1])
    page = write_side_by_side(sides, tmp_path)
    with opened(chromium, page, width=width, color_scheme=scheme) as (tab, _):
        assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        head = tab.get_by_role("columnheader", name="experiment").first
        head.get_by_role("button").click()
        assert tab.locator(".verdicts tbody th").all_inner_texts() == ["other", "other", "width", "width"]
        tab.get_by_text("with answers in words").click()
        assert tab.locator("article.card").first.is_visible()
        axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
        assert [each["id"] for each in axe.Axe().run(tab).response["violations"]] == []
