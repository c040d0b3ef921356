"""The answers of a page in its order: those to its title first."""

from collections.abc import Sequence
from dataclasses import replace

from spectra.report.comparison_cards import comparison_cards
from spectra.report.law_answers import answers
from spectra.report.law_study import LawStudy
from spectra.report.question import KINDS
from spectra.report.study import Study
from spectra.report.verdicts import Card, verdicts


def cards(study: Study | LawStudy) -> list[Card]:
    """All questions with their answers; those of laws of the loss, which are of another kind, are not among them.

    Questions of the kinds that a judge asks come first and are never folded. Without a judge the comparisons are asked
    where no law is.
    """
    compared = comparison_cards(study.comparisons)
    if isinstance(study, LawStudy):
        return [replace(card, asked=not answers(study)) for card in compared]
    found = sorted([*verdicts(study), *compared], key=lambda card: KINDS.index(card.kind))
    asks = asked_kinds(found, study.question.asks)
    told = [replace(card, asked=True, first=True) for kind in asks for card in _of(found, kind)]
    return [*told, *(card for card in found if not any(card.question == other.question for other in told))]


def asked_kinds(found: Sequence[Card], asks: Sequence[str]) -> tuple[str, ...]:
    """The kinds of questions that answer the title, those with an answer; without any the first kind there is."""
    kinds = tuple(kind for kind in asks if any(card.kind == kind for card in found))
    return kinds or tuple(card.kind for card in found if card.first)[:1]


def _of(found: Sequence[Card], kind: str) -> list[Card]:
    """The questions of a kind; where some of them stand at the head of a page in any case, these alone."""
    here = [card for card in found if card.kind == kind]
    return [card for card in here if card.first] or here
