"""What commands print of verdicts."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from spectra.report import Study
from spectra.report.verdicts import Card, verdicts


def print_verdicts(console: Console, gathered: Study) -> None:
    """One word for each case and question, then the sentences behind them, then what was not possible."""
    cards = verdicts(gathered)
    if cards:
        console.print(_table(gathered, cards))
    for card in cards:
        console.print(card.question, style="bold", markup=False)
        for answer in card.answers:
            console.print(f"{answer.case}: {answer.verdict}. {answer.sentence}", markup=False)
            for note in answer.notes:
                console.print(f"  {note}", markup=False)
        console.print()
    for note in gathered.notes:
        console.print(f"Note: {note}", markup=False)


def _table(gathered: Study, cards: list[Card]) -> Table:
    """One row for each question, one column for each case."""
    cases = [case.title for case in gathered.cases]
    table = Table(title=Text(gathered.title), title_justify="left")
    for heading in ("", *cases):
        table.add_column(Text(heading))
    for card in cards:
        words = {answer.case: answer.verdict for answer in card.answers}
        table.add_row(Text(card.question), *(words.get(case, "-") for case in cases))
    return table
