"""A page on disk is read as it was written, whichever version wrote it."""

import pytest

from spectra.report import write_law_page
from spectra.report.verdicts import verdicts
from spectra.report.written_page import written_page
from tests.report.law_tables import SPHERE, gathered, of_theory, table
from tests.report.planted_pages import planted


def test_a_page_says_its_verdicts_again_word_by_word(page, real):
    found = written_page(page.parent)
    assert found.title == real.title
    assert [(each.question, each.case, each.verdict, each.tone, each.sign) for each in found.pills] == [
        (card.question, answer.case, answer.verdict, answer.tone, answer.sign)
        for card in verdicts(real)
        if card.first
        for answer in card.answers
    ]
    assert found.pills[0].lead == " ".join(verdicts(real)[0].answers[0].lead.split())
    assert [pill.question for pill in found.pills if pill.asked] == [verdicts(real)[0].question] * 2
    assert found.facts[0] == f"{real.table['run'].nunique()} runs"
    assert (page.parent / found.figure).exists()
    assert found.shows == "Effective sharpness along training"


@pytest.mark.usefixtures("plain_fonts")
def test_so_does_a_page_with_laws(tmp_path):
    found = written_page(write_law_page(gathered(table(*of_theory(SPHERE))), tmp_path).parent)
    assert [(each.case, each.tone) for each in found.pills] == [("indicator, d = 2", "same")]
    assert found.figure == "figures/losses.svg"


def test_a_page_of_another_version_is_read_and_one_of_another_program_is_not(tmp_path):
    planted(tmp_path / "old")
    found = written_page(tmp_path / "old")
    assert (found.title, found.facts, found.version) == ("A page", ("8 runs", "2 seeds"), "0.0.1")
    assert (found.pills[0].lead, found.figure, found.shows) == ("It does not.", "figures/trend.svg", "The trend & more")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign/index.html").write_text("<h1>Mine</h1>")
    assert written_page(tmp_path / "foreign") is None
    assert written_page(tmp_path / "absent") is None


def test_what_a_page_folds_is_not_at_its_head(tmp_path):
    planted(
        tmp_path,
        case="</b></p><details><p class='regime'><b>folded</b><span class='verdict bad'>x</span></p></details><b>",
    )
    assert [pill.verdict for pill in written_page(tmp_path).pills] == ["super consistent"]
