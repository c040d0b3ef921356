"""Several experiments on one page: nothing is fitted again, nothing is mixed up, and what differs is told."""

from dataclasses import replace
from html.parser import HTMLParser

import matplotlib.colors
import numpy as np
import pandas as pd
import pytest

from spectra.report import side_by_side_page
from spectra.report.comparison_tables import comparisons
from spectra.report.law_answers import answers
from spectra.report.side_by_side import Side, labels, shared_exhibits
from spectra.report.side_by_side_page import NOTHING_SHARED, write_side_by_side
from spectra.report.side_by_side_sheets import experiment_sheet, made_sheets, setting_sheets
from spectra.report.side_by_side_verdicts import LAW, compared_answers, side_questions, verdict_list, verdict_table
from spectra.report.style import size_colors
from spectra.report.verdict_rows import verdict_rows
from spectra.report.verdicts import verdicts
from tests.report.browser import opened
from tests.report.law_tables import SPHERE, STREAM, table
from tests.report.test_comparison import EXPANSION, SCATTER
from tests.report.test_law_page import gathered, of_theory
from tests.verdicts.paired_tables import paired_table

EVIL = '<script>alert(1)</script> & "quotes" \' {{ 7 * 7 }} \u202e $x$'


def other(study, **changes):
    """The same experiment under another name, with tanh instead of relu."""
    whole = study.table.assign(activation="tanh", depth=8, run="other-" + study.table["run"])
    return replace(study, **{"name": "other", "title": "The other one", "table": whole, **changes})


@pytest.fixture
def sides(known):
    first = replace(known, table=known.table.assign(activation="relu"))
    return [Side("width", first, 2, "width.toml", "../width/index.html"), Side("other", other(known), 0, "other.toml")]


@pytest.fixture(scope="session")
def laws():
    return gathered(table(*of_theory(SPHERE)))


def titles(figure):
    return [panel.get_title(loc="left").replace("\n", " ") for panel in figure.axes if panel.get_title(loc="left")]


def test_experiments_of_one_name_are_numbered_and_names_are_words():
    assert labels(["width", "sgd_phases", "width"]) == ["width (1)", "sgd phases", "width (2)"]


def test_a_figure_has_the_cases_of_all_experiments_on_common_axes(sides):
    shown = {exhibit.name: exhibit for exhibit in shared_exhibits(sides)}
    figure = shown["effective_sharpness"].draw()
    assert titles(figure) == [
        f"{label}: {case}" for label in ("width", "other") for case in ("muP", "NTK, matched at the base width")
    ]
    panels = [panel for panel in figure.axes if panel.get_title(loc="left")]
    assert len({(panel.get_xlim(), panel.get_ylim()) for panel in panels}) == 1
    drawn = shown["effective_sharpness"].tables["effective_sharpness"]
    alone = drawn[drawn["case"].str.startswith("width: ")]
    again = drawn[drawn["case"].str.startswith("other: ")]
    assert (alone["value"].to_numpy() == again["value"].to_numpy()).all()


def test_a_size_has_one_colour_though_an_experiment_lacks_some_sizes(sides, known):
    few = replace(known, table=known.table[known.table["width"].isin([64, 256])].replace({"width": {256: 512}}))
    shown = {exhibit.name: exhibit for exhibit in shared_exhibits([sides[0], Side("few", few)])}
    figure = shown["effective_sharpness"].draw()
    wanted = size_colors([32, 64, 128, 256, 512])
    for panel in (panel for panel in figure.axes if panel.get_title(loc="left")):
        for line in (line for line in panel.lines if line.get_label().startswith("width ")):
            size = float(line.get_label().removeprefix("width "))
            assert matplotlib.colors.to_hex(line.get_color()) == wanted[size]


def test_what_one_experiment_alone_has_is_left_to_its_own_page(sides, known):
    lonely = replace(other(known), cases=tuple(replace(case, transfer=None) for case in known.cases))
    names = [exhibit.name for exhibit in shared_exhibits([sides[0], Side("other", lonely)])]
    assert "rates" not in names
    assert "trend" in names
    assert "rates" in [exhibit.name for exhibit in shared_exhibits(sides)]


def test_experiments_across_different_sizes_share_a_figure_each_but_no_axes(sides, known):
    deep = replace(
        known,
        question=replace(known.question, scale="depth"),
        table=known.table.rename(columns={"width": "depth", "depth": "width"}),
        exponents=known.exponents.rename(columns={"width": "depth"}),
    )
    shown = shared_exhibits([sides[0], Side("deep", deep)])
    found = {exhibit.name: exhibit for exhibit in shown}
    assert len(found) == len(shown)
    assert found["effective_sharpness"].heading == "Effective sharpness along training, by width"
    beside = found["effective_sharpness-depth"]
    assert beside.heading == "Effective sharpness along training, by depth"
    assert set(beside.tables) == {"effective_sharpness-depth", "effective_sharpness-seeds-depth"}
    assert [chart.table for chart in beside.charts] == ["effective_sharpness-depth"]
    assert all(title.startswith("deep") for title in titles(beside.draw()))


def test_rates_that_were_chosen_by_another_criterion_are_not_drawn_beside(sides, known):
    final = replace(other(known), question=replace(known.question, criterion="final_log_loss"))
    both = [sides[0], Side("other", final)]
    assert "rates" not in [exhibit.name for exhibit in shared_exhibits(both)]
    questions, _ = verdict_table(both)
    assert any("best learning rate" in question for question in questions)


def test_every_cell_of_the_verdict_table_is_the_verdict_of_its_own_page(sides, laws):
    questions, rows = verdict_table([*sides, Side("laws", laws)])
    cells = {
        (row.label, row.case, question): answer.verdict
        for row in rows
        for question, answer in zip(questions, row.answers, strict=True)
        if answer
    }
    own = {
        (side.label, answer.case, card.question): answer.verdict
        for side in sides
        for card in verdicts(side.study)
        if card.first
        for answer in card.answers
    }
    (law,) = answers(laws)
    assert cells == own | {("laws", law.case, LAW): law.verdict.replace(" %", "\u00a0%")}
    (told,) = [answer for answer in rows[-1].answers if answer]
    assert (told.tone, told.sign) == (law.tone, law.sign)


def test_questions_that_most_experiments_answer_come_first(sides, laws):
    counts = [
        len({a.side.label for a in each.answers}) for each in side_questions([Side("laws", laws), *sides]) if each.first
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 2


def test_a_question_that_is_folded_on_one_page_alone_stands_in_the_table_for_all(sides, known):
    near = replace(known, cases=tuple(replace(case, edges=edge(case)) for case in known.cases))
    questions, rows = verdict_table([sides[0], Side("near", near)])
    place = next(place for place, question in enumerate(questions) if "stability limit" in question)
    assert {(row.label, row.answers[place].verdict) for row in rows} == {
        ("width", fit.verdict) for case in known.cases for fit in case.edges.values()
    } | {("near", "at the edge")}
    assert not [card for card in verdicts(known) if card.first and "stability limit" in card.question]


def edge(case):
    return {name: replace(fit, verdict="at the edge") for name, fit in case.edges.items()}


def test_the_list_of_verdicts_is_that_of_every_experiment_one_behind_the_other(sides):
    rows = verdict_list(sides)
    for side in sides:
        own = rows[rows["experiment"] == side.label].drop(columns="experiment").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, verdict_rows(side.study), check_dtype=False)


def test_settings_that_differ_stand_beside_one_another_and_others_apart(sides):
    differing, shared = setting_sheets(sides)
    assert differing.columns == ("setting", "width", "other")
    assert {row[0]: row[1:] for row in differing.rows} == {"activation": ("relu", "tanh"), "depth": ("4", "8")}
    assert ("width", "32, 64, 128, 256") in shared.rows
    assert not {row[0] for row in shared.rows} & {row[0] for row in differing.rows}


def test_long_lists_that_look_alike_are_found_to_differ(known):
    tables = [known.table.head(14).assign(seed=[1, 2, 3, middle, *range(10, 20)]) for middle in (5, 6)]
    sides = [Side(name, replace(known, table=part)) for name, part in zip("ab", tables, strict=True)]
    differing, _ = setting_sheets(sides)
    assert [row for row in differing.rows if row[0] == "seed"] == [("seed", *["1, 2, 3, …, 19 (14 values)"] * 2)]


def test_a_setting_that_one_experiment_lacks_differs(known):
    without = replace(known, table=known.table.drop(columns="base_depth"))
    differing, _ = setting_sheets([Side("a", known), Side("b", without)])
    assert ("base_depth", "4", "–") in differing.rows


def test_how_runs_were_made_is_told_once_where_it_is_the_same(sides, known):
    newer = replace(known, provenance=known.provenance.assign(torch="2.14.0"))
    differing, shared = made_sheets([sides[0], Side("newer", newer)])
    assert differing.rows == (("torch", "2.13.0", "2.14.0"),)
    assert ("revision", "1234abcd") in shared.rows


def test_runs_are_counted_once_whatever_became_of_them(sides):
    rows = {row[0]: row[2:6] for row in experiment_sheet(sides).rows}
    diverged = sides[0].study.table.query("quantity == 'diverged' and value > 0")["run"].nunique()
    count = sides[0].study.table["run"].nunique()
    assert rows["width"] == (str(count), str(diverged), "1", "1")  # of the 2 missing one has failed
    assert rows["other"] == (str(count), str(diverged), "1", "0")


class Texts(HTMLParser):
    """Elements of a page, and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.mark.usefixtures("plain_fonts")
def test_the_page_links_to_those_of_the_experiments_and_shows_names_as_text(sides, tmp_path):
    (tmp_path / "notes.md").write_text(f"By hand: {EVIL}")
    evil = replace(sides[1], label=EVIL, study=replace(sides[1].study, title=EVIL, notes=(EVIL,)), recipe=EVIL)
    few = [replace(side, study=thin(side.study)) for side in (sides[0], evil)]
    page = write_side_by_side(few, tmp_path, again=f"spectra report {EVIL}")
    outline = Texts(page.read_text(encoding="utf-8"))
    names = [each["id"] for _, each in outline.elements if "id" in each]
    assert len(names) == len(set(names))
    assert "<script>alert" not in page.read_text(encoding="utf-8")
    assert ("a", {"href": "../width/index.html"}) in outline.elements
    assert outline.text.count(EVIL.replace("\u202e", "\ufffd")) >= 5
    assert pd.read_csv(tmp_path / "verdicts.csv")["experiment"].nunique() == 2


def test_experiments_without_models_of_a_width_have_figures_of_their_own(laws):
    narrow = gathered(table(*of_theory(STREAM)))
    shown = shared_exhibits([Side("a", laws), Side("b", narrow)])
    assert [(exhibit.name, exhibit.heading) for exhibit in shown] == [
        ("losses", "How the test loss changes, by width"),
        ("losses-bare-laws", "How the test loss changes, models without a width"),
        ("exponents", "How fast it changes, by width"),
        ("exponents-bare-laws", "How fast it changes, models without a width"),
    ]
    assert titles(shown[1].draw())[0].startswith("b: ")


@pytest.mark.usefixtures("plain_fonts")
def test_an_experiment_of_which_no_run_has_finished_is_named_and_takes_nothing_from_the_others(sides, known, tmp_path):
    nothing = replace(
        known, table=known.table.iloc[:0], cases=(), exponents=known.exponents.iloc[:0],
        provenance=known.provenance.iloc[:0], notes=("No run has finished.",),
    )  # fmt: skip
    page = write_side_by_side([sides[0], Side("later", nothing, 64)], tmp_path)
    text = Texts(page.read_text(encoding="utf-8")).text
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
    outline = Texts(page.read_text(encoding="utf-8"))
    assert "taylor against network" in outline.text
    assert "No verdict yet" not in outline.text
    rows = pd.read_csv(tmp_path / "comparisons.csv")
    assert rows[["experiment", "word"]].drop_duplicates().to_numpy().tolist() == [["paired", "lower"]]
    write_side_by_side(both[:1] * 2, tmp_path)
    assert not (tmp_path / "comparisons.csv").exists()


@pytest.mark.usefixtures("plain_fonts")
def test_figures_of_an_older_comparison_are_removed(sides, tmp_path, monkeypatch):
    monkeypatch.setattr(side_by_side_page, "shared_exhibits", lambda sides: shared_exhibits(sides)[:1])
    write_side_by_side(sides, tmp_path)
    (tmp_path / "figures/old.svg").touch()
    write_side_by_side(sides, tmp_path)
    assert not (tmp_path / "figures/old.svg").exists()
    assert (tmp_path / "figures/effective_sharpness.svg").exists()


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


def thin(study):
    """With the consistency of one case alone: a page with few figures."""
    return replace(study, cases=tuple(replace(case, transfer=None, consistency={}) for case in study.cases))


def test_losses_in_different_units_share_no_axis(known):
    """Nats and squared errors once stood on one axis, in "units of the criterion"."""
    other = replace(known, table=known.table.assign(criterion="squared_error"))
    alike = {exhibit.name for exhibit in shared_exhibits([Side("one", known), Side("two", known)])}
    apart = {exhibit.name for exhibit in shared_exhibits([Side("one", known), Side("two", other)])}
    assert alike - apart == {"loss"}
