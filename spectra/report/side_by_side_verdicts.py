"""The verdicts of several experiments: as one table, in words, and as rows of verdicts.csv."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
from pandas import DataFrame

from spectra.report.cards import cards
from spectra.report.comparison_tables import comparison_rows
from spectra.report.law_answers import answers as law_answers
from spectra.report.side_by_side import Side
from spectra.report.study import Study
from spectra.report.verdict_rows import COLUMNS, verdict_rows
from spectra.report.verdicts import typeset

LAW = "Does the loss fall as theory says?"


@dataclass(frozen=True)
class SideAnswer:
    """The answer of one case of one experiment to one question, whatever judged it.

    Attributes:
        side: Its experiment.
        title: Of the case, within the experiment.
        verdict: The answer in a word.
        tone: same, change, care, plain or open.
        sign: One sign for the tone.
        lead: The answer in words with numbers.
        rest: What follows it; may be empty.
        notes: What a reader must know besides.
        details: Sentences with the single numbers that it sums up.
    """

    side: Side
    title: str
    verdict: str
    tone: str
    sign: str
    lead: str
    rest: str = ""
    notes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()

    @property
    def case(self) -> str:
        """The case among those of all experiments."""
        return self.side.case(self.title)


@dataclass(frozen=True)
class SideQuestion:
    """A question with the answers of all experiments.

    Attributes:
        question: The question in words.
        kind: Of the question, as `question.KINDS`; "law" for the laws of losses.
        first: Whether it stands at the head of the page of one of them.
        asked: Whether it answers the title of one of them.
        answers: In the order of the experiments.
        notes: What a reader must know of all answers of an experiment, with its name.
    """

    question: str
    kind: str
    first: bool
    asked: bool
    answers: tuple[SideAnswer, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class VerdictRow:
    """What was found of one case: one answer for every question; None where it was not asked."""

    label: str
    case: str
    answers: tuple[SideAnswer | None, ...]


def side_questions(sides: Sequence[Side]) -> list[SideQuestion]:
    """Every question once: those at the head of a page first, of these those that most experiments answer."""
    found: dict[str, SideQuestion] = {}
    for each in (each for side in sides for each in _asked(side)):
        known = found.get(each.question, replace(each, answers=(), notes=()))
        first, asked = known.first or each.first, known.asked or each.asked
        answers, notes = (*known.answers, *each.answers), (*known.notes, *each.notes)
        found[each.question] = replace(known, first=first, asked=asked, answers=answers, notes=notes)
    count = {question: len({answer.side.label for answer in each.answers}) for question, each in found.items()}
    return sorted(found.values(), key=lambda each: (not each.first, -count[each.question]))


def _asked(side: Side) -> list[SideQuestion]:
    """The questions of one experiment."""
    told = [
        SideQuestion(
            card.question, card.kind, card.first, card.asked,
            tuple(
                SideAnswer(side, a.case, a.verdict, a.tone, a.sign, a.lead, a.rest, a.notes, a.details)
                for a in card.answers
            ),
            tuple(f"{side.label}: {note}" for note in card.notes),
        )
        for card in cards(side.study)
    ]  # fmt: skip
    laws = () if isinstance(side.study, Study) else law_answers(side.study)
    found = tuple(SideAnswer(side, law.case, typeset(law.verdict), law.tone, law.sign, law.sentence) for law in laws)
    return [*([SideQuestion(LAW, "law", first=True, asked=True, answers=found)] if found else ()), *told]


def verdict_table(sides: Sequence[Side]) -> tuple[list[str], list[VerdictRow]]:
    """The questions that stand at the head of a page, and a row for every case of every experiment.

    What was compared seed by seed within an experiment is about no case: see `compared_answers`.
    """
    titles = {side.label: {case.title for case in side.study.cases} for side in sides}
    asked = [
        (each.question, {(a.side.label, a.title): a for a in each.answers if a.title in titles[a.side.label]})
        for each in side_questions(sides)
        if each.first and each.kind != "comparison"
    ]
    asked = [(question, found) for question, found in asked if found]
    rows = [
        VerdictRow(side.label, case.title, tuple(found.get((side.label, case.title)) for _, found in asked))
        for side in sides
        for case in side.study.cases
    ]
    return [question for question, _ in asked], [row for row in rows if any(row.answers)]


def compared_answers(sides: Sequence[Side]) -> list[tuple[str, SideAnswer]]:
    """What was compared seed by seed, with its question, in the order of the experiments."""
    asked = [each for each in side_questions(sides) if each.kind == "comparison"]
    told = [(each.question, answer) for each in asked for answer in each.answers]
    return sorted(told, key=lambda pair: sides.index(pair[1].side))


def comparison_list(sides: Sequence[Side]) -> DataFrame:
    """All rows of all comparisons: experiment, then as comparisons.csv of each."""
    parts = [(side.label, comparison_rows(side.study.comparisons)) for side in sides if side.study.comparisons]
    whole = [rows.assign(experiment=label) for label, rows in parts]
    if not whole:
        return DataFrame()
    table = pd.concat(whole, ignore_index=True)
    return table[["experiment", *(name for name in table if name != "experiment")]]


def verdict_list(sides: Sequence[Side]) -> DataFrame:
    """All verdicts of all experiments with estimates and intervals: experiment, then as verdicts.csv of each."""
    parts = [_rows(side).assign(experiment=side.label) for side in sides]
    parts = [part for part in parts if len(part)]
    whole = pd.concat(parts, ignore_index=True) if parts else DataFrame(columns=["experiment", *COLUMNS])
    return DataFrame(whole[["experiment", *COLUMNS]])


def _rows(side: Side) -> DataFrame:
    if isinstance(side.study, Study):
        return verdict_rows(side.study)
    told = [(each.case, "exponent of theory", each.verdict, each.sentence) for each in law_answers(side.study)]
    return DataFrame(told, columns=["case", "question", "verdict", "sentence"]).reindex(columns=COLUMNS)
