"""Which answers stand first on a page, and what of them is folded."""

from dataclasses import replace

import pytest

from spectra.report.cards import cards
from spectra.report.verdicts import folded
from tests.report.synthetic_study import real_study


def asked(*kinds):
    study = real_study()
    return cards(replace(study, question=replace(study.question, asks=kinds)))


def test_without_a_wish_the_first_kind_answers_the_title():
    found = asked()
    assert [card.kind for card in found if card.asked] == ["consistency"]
    assert found[0].asked


def test_the_kinds_that_are_asked_come_first_in_their_order_and_nothing_is_lost():
    found = asked("transfer", "consistency")
    assert [card.kind for card in found if card.asked] == ["transfer", "consistency"]
    assert [card.asked for card in found[:3]] == [True, True, False]
    assert {card.question for card in found} == {card.question for card in asked()}
    assert len(found) == len(asked())


def test_what_is_folded_elsewhere_stands_first_where_it_is_asked():
    assert [card.first for card in asked() if card.kind == "stability"] == [False]
    (card, *_) = asked("stability")
    assert (card.kind, card.first, card.asked) == ("stability", True, True)


def test_a_kind_without_an_answer_leaves_the_head_to_the_first_there_is():
    assert [card.kind for card in asked("comparison") if card.asked] == ["consistency"]


@pytest.mark.parametrize(
    ("note", "line", "more"),
    [
        ("Seeds without a pair: 48 (seeds 1, 2: lost (twice); and 3 more).", "Seeds without a pair: 48.", "seeds 1, 2"),
        ("All runs (8) did.", "All runs (8) did.", ""),
        ("The rate goes along: what is said of one is said of both.", None, ""),
    ],
)
def test_a_note_with_a_count_is_one_line(note, line, more):
    told, details = folded(note)
    assert told == (line or note)
    assert details.startswith(more)
    assert bool(details) == bool(more)
