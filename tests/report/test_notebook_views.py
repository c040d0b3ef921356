from dataclasses import replace
from xml.etree import ElementTree

import pytest

from spectra.report.exhibits import exhibits
from spectra.report.law_answers import answers
from spectra.report.notebook_views import exhibit_html, study_html
from spectra.report.verdicts import verdicts
from tests.report.law_tables import SPHERE, gathered, of_theory, table

EVIL = '<script>alert("1")</script> & $x$ 千'


def text(html):
    return "".join(ElementTree.fromstring(html).itertext())


def test_a_study_says_every_verdict_in_words(known):
    told = text(known._repr_html_())
    for card in verdicts(known):
        if card.first:
            assert card.question in told
            assert all(answer.sentence in told for answer in card.answers)
    assert known.title in told


def test_nothing_measured_is_said(known):
    bare = replace(known, cases=(), table=known.table.iloc[:0], notes=("There are no measurements.",))
    assert "There are no measurements." in text(study_html(bare))


def test_names_are_text(known):
    case = replace(known.cases[0], title=EVIL)
    told = study_html(replace(known, cases=(case,), title=EVIL))
    assert "<script" not in told
    assert EVIL in text(told)


@pytest.mark.parametrize("place", [0, 5])
def test_an_exhibit_is_its_figure_with_caption_and_a_description(real, place):
    exhibit = exhibits(real)[place]
    figure = ElementTree.fromstring(exhibit_html(exhibit))
    drawing = figure.find("./div/{http://www.w3.org/2000/svg}svg")
    assert drawing.get("aria-label") == exhibit.alternative
    assert figure.find("figcaption").text == exhibit.caption
    assert exhibit._repr_html_() == exhibit_html(exhibit)


def test_a_study_of_laws_says_whether_theory_and_measurement_agree():
    study = gathered(table(*of_theory(SPHERE)))
    told = text(study._repr_html_())
    assert len(answers(study)) == 1
    assert all(answer.sentence in told for answer in answers(study))
