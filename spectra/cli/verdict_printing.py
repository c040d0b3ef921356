"""What commands print of verdicts."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from spectra.plain_text import clean
from spectra.report import Study
from spectra.report.comparison_cards import comparison_cards
from spectra.report.verdicts import Card, verdicts
from spectra.verdicts.movement_words import movement_words
from spectra.verdicts.paired_comparison import PairedComparison

MOST_COLUMNS = 3
"""Cases that stand side by side in a terminal of 80 columns without breaking words."""


def print_verdicts(console: Console, gathered: Study) -> None:
    """One word for each case and question, then the sentences behind them, then what was not possible."""
    cards = verdicts(gathered)
    if cards:
        console.print(_table(gathered, cards))
    _print_cards(console, cards)
    _print_movements(console, gathered)
    print_comparisons(console, gathered.comparisons)
    for note in gathered.notes:
        console.print(f"Note: {note}")


def print_comparisons(console: Console, found: Sequence[PairedComparison]) -> None:
    """What was compared seed by seed: one word for each compared value, then the sentences behind it."""
    _print_cards(console, comparison_cards(found))


def _print_cards(console: Console, cards: Sequence[Card]) -> None:
    for card in cards:
        console.print(card.question, style="bold")
        for answer in card.answers:
            console.print(f"{answer.case}: {answer.verdict}. {answer.sentence}")
            for line in (*answer.details, *answer.notes):
                console.print(f"  {line}")
        for note in card.notes:
            console.print(note)
        console.print()


def _print_movements(console: Console, gathered: Study) -> None:
    """How far kernel and weights move, once for each case that has them measured."""
    found = [(case.title, next(iter(case.consistency.values()))) for case in gathered.cases if case.consistency]
    told = [
        (title, movement_words(fit.movement, scale=fit.scale, level=gathered.question.level)) for title, fit in found
    ]
    if any(words for _, words in told):
        console.print("How far do the tangent kernel and the weights move?", style="bold")
        for title, words in told:
            console.print(f"{title}: {words or 'not measured.'}")
        console.print()


def _table(gathered: Study, cards: list[Card]) -> Table:
    """One row for each question and one column for each case; where these are too many for a line, a row for each."""
    cases = [case.title for case in gathered.cases]
    table = Table(title=Text(clean(gathered.title)), title_justify="left")
    beside = len(cases) <= MOST_COLUMNS
    for heading in ("", *cases) if beside else ("", "verdict"):
        table.add_column(heading)
    for card in cards:
        words = {answer.case: answer.verdict for answer in card.answers}
        if beside:
            table.add_row(card.question, *(words.get(case, "-") for case in cases))
            continue
        table.add_section()
        table.add_row(card.question, style="bold")
        for case, word in words.items():
            table.add_row(f"  {case}", word)
    return table
