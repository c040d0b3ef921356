"""The verdicts of several experiments: as one table, in words, and as rows of verdicts.csv."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from pandas import DataFrame

from spectra.report.comparison_cards import comparison_cards
from spectra.report.law_answers import answers
from spectra.report.side_by_side import Side
from spectra.report.study import Study
from spectra.report.verdict_rows import COLUMNS, verdict_rows
from spectra.report.verdicts import Card, typeset, verdicts

LAW = "Does the loss fall as theory says?"


@dataclass(frozen=True)
class SideAnswer:
    """The answer of one case of one experiment to one question, whatever judged it.

    Attributes:
        side: Its experiment.
        title: Of the case, within the experiment.
        verdict: The answer in a word.
        tone: good, bad, care, plain or open.
        sign: One sign for the tone.
        lead: The answer in words with numbers.
        rest: What follows it; may be empty.
        notes: What a reader must know besides.
    """

    side: Side
    title: str
    verdict: str
    tone: str
    sign: str
    lead: str
    rest: str = ""
    notes: tuple[str, ...] = ()

    @property
    def case(self) -> str:
        """The case among those of all experiments."""
        return self.side.case(self.title)


@dataclass(frozen=True)
class SideQuestion:
    """A question with the answers of all experiments.

    Attributes:
        question: The question in words.
        first: Whether it stands at the head of the page of one of them.
        answers: In the order of the experiments.
    """

    question: str
    first: bool
    answers: tuple[SideAnswer, ...]


@dataclass(frozen=True)
class VerdictRow:
    """What was found of one case: one answer for every question; None where it was not asked."""

    label: str
    case: str
    answers: tuple[SideAnswer | None, ...]


def side_questions(sides: Sequence[Side]) -> list[SideQuestion]:
    """Every question once: those at the head of a page first, of these those that most experiments answer."""
    found: dict[str, list[SideAnswer]] = {}
    first = {LAW}
    for side in sides:
        for card in _cards(side):
            first |= {card.question} if card.first else set()
            found.setdefault(card.question, []).extend(
                SideAnswer(side, each.case, each.verdict, each.tone, each.sign, each.lead, each.rest, each.notes)
                for each in card.answers
            )
        for law in [] if isinstance(side.study, Study) else answers(side.study):
            told = SideAnswer(side, law.case, typeset(law.verdict), law.tone, law.sign, law.sentence)
            found.setdefault(LAW, []).append(told)
    asked = [SideQuestion(question, question in first, tuple(told)) for question, told in found.items()]
    return sorted(asked, key=lambda each: (not each.first, -len({answer.side.label for answer in each.answers})))


def _cards(side: Side) -> list[Card]:
    """The questions of an experiment, and what was compared within it."""
    return [*(verdicts(side.study) if isinstance(side.study, Study) else ()), *comparison_cards(side.study.comparisons)]


def verdict_table(sides: Sequence[Side]) -> tuple[list[str], list[VerdictRow]]:
    """The questions that stand at the head of a page, and a row for every case of every experiment.

    What was compared seed by seed within an experiment is about no case, and stands in words alone.
    """
    titles = {side.label: {case.title for case in side.study.cases} for side in sides}
    asked = [
        (each.question, {(a.side.label, a.title): a for a in each.answers if a.title in titles[a.side.label]})
        for each in side_questions(sides)
        if each.first
    ]
    asked = [(question, found) for question, found in asked if found]
    rows = [
        VerdictRow(side.label, case.title, tuple(found.get((side.label, case.title)) for _, found in asked))
        for side in sides
        for case in side.study.cases
    ]
    return [question for question, _ in asked], [row for row in rows if any(row.answers)]


def verdict_list(sides: Sequence[Side]) -> DataFrame:
    """All verdicts of all experiments with estimates and intervals: experiment, then as verdicts.csv of each."""
    parts = [_rows(side).assign(experiment=side.label) for side in sides]
    parts = [part for part in parts if len(part)]
    whole = pd.concat(parts, ignore_index=True) if parts else DataFrame(columns=["experiment", *COLUMNS])
    return DataFrame(whole[["experiment", *COLUMNS]])


def _rows(side: Side) -> DataFrame:
    if isinstance(side.study, Study):
        return verdict_rows(side.study)
    told = [(each.case, "exponent of theory", each.verdict, each.sentence) for each in answers(side.study)]
    return DataFrame(told, columns=["case", "question", "verdict", "sentence"]).reindex(columns=COLUMNS)
