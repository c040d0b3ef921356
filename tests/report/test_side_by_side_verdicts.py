"""The verdicts of several experiments in one table."""

from dataclasses import replace

import pandas as pd

from spectra.report.law_answers import answers
from spectra.report.side_by_side import Side
from spectra.report.side_by_side_verdicts import LAW, side_questions, verdict_list, verdict_table
from spectra.report.verdict_rows import verdict_rows
from spectra.report.verdicts import verdicts


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
