"""One self-contained page for a coordinate check: the verdicts first, then the powers and the values behind them."""

from pathlib import Path

import pandas as pd

from spectra.report.check_exhibits import check_exhibits
from spectra.report.check_study import CheckStudy, exponent_table
from spectra.report.page_writing import written
from spectra.report.sources import Source
from spectra.report.titles import column_title
from spectra.report.verdicts import Card, Verdict
from spectra.report.words import between, counted, listing, number
from spectra.spreadsheets import write_csv

SOURCES = (
    Source("Yang et al. 2022", "coordinate checks", "2203.03466"),
    Source("Berger and Hsu 1996, Statistical Science 11, 283", "the test of all layers together"),
)


def write_check_page(study: CheckStudy, folder: Path) -> Path:
    """Write the page.

    Args:
        study: What to show.
        folder: Where to; made if absent. A file notes.md in it is shown as text and never written. Where it holds an
            older page, figures of that which the new page does not show are removed.

    Returns:
        Path of index.html, a single file that loads nothing. Beside it: exponents.csv with all cases, and in figures/
        every figure as SVG and PDF and what it draws as CSV.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = [exponent_table(study, case) for case in study.cases]
    write_csv(pd.concat(tables, ignore_index=True), folder / "exponents.csv")
    content = {
        "title": study.title,
        "study": study,
        "facts": _facts(study),
        "cards": [card(study)],
        "sources": SOURCES,
    }
    return written("check_page.html", check_exhibits(study), content, folder)


def card(study: CheckStudy) -> Card:
    """The question, and the answer for every case."""
    return Card(
        f"Do all layers start and move with the powers of the {column_title(study.scale)} that are predicted?",
        tuple(Verdict(case.title, case.verdict, case.sentence, case.notes) for case in study.cases),
        "coordinate check",
        asked=True,
    )


def _facts(study: CheckStudy) -> list[str]:
    return [
        f"{counted(study.trainings, 'training')} of {counted(study.steps, 'update')}",
        f"{column_title(study.scale)} {listing([number(size, 6) for size in study.sizes])}",
        between(study.seeds, "seed"),
        f"tolerance {number(study.tolerance)}",
    ]
