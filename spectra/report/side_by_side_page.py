"""One self-contained page for several experiments: verdicts of all, then what differs, then figures on common axes."""

from collections.abc import Sequence
from pathlib import Path

from spectra.report.comparison_tables import write_comparisons
from spectra.report.page_writing import written
from spectra.report.side_by_side import Side, shared_exhibits
from spectra.report.side_by_side_sheets import experiment_sheet, made_sheets, setting_sheets
from spectra.report.side_by_side_verdicts import (
    compared_answers,
    comparison_list,
    side_questions,
    verdict_list,
    verdict_table,
)
from spectra.report.sources import once, sources
from spectra.report.words import counted, listing
from spectra.spreadsheets import write_csv

ALONE = (
    "Here are the figures that at least two experiments have; the others are on the page of each. Losses in different "
    "units share no axis."
)
NOTHING_SHARED = "No figure is here, because no two of these experiments have measured the same."


def write_side_by_side(sides: Sequence[Side], folder: Path, *, again: str = "") -> Path:
    """Write the page of several experiments.

    Args:
        sides: The experiments, two or more, in the order of the page.
        folder: Where to; made if absent. A file notes.md in it is shown as text and never written. Where it holds an
            older page, figures of that which the new page does not show are removed.
        again: What to type to make the page again.

    Returns:
        Path of index.html, a single file that loads nothing. Beside it: verdicts.csv with all verdicts, comparisons.csv
        where something was compared, and in figures/ every figure as SVG and PDF and every table behind a figure as
        CSV.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(verdict_list(sides), folder / "verdicts.csv")
    write_comparisons(comparison_list(sides), folder)
    shown = shared_exhibits(sides)
    questions, rows = verdict_table(sides)
    content = {
        "title": f"{listing([side.label for side in sides], 6)}: side by side",
        "facts": _facts(sides),
        "sides": sides,
        "questions": questions,
        "rows": rows,
        "compared": compared_answers(sides),
        "cards": side_questions(sides),
        "experiments": experiment_sheet(sides),
        "settings": setting_sheets(sides),
        "made": made_sheets(sides),
        "alone": ALONE if shown else NOTHING_SHARED,
        "sources": once(source for side in sides for source in sources(side.study)),
        "again": again,
    }
    return written("side_by_side.html", shown, content, folder)


def _facts(sides: Sequence[Side]) -> list[str]:
    runs = sum(side.study.table["run"].nunique() for side in sides)
    return [counted(len(sides), "experiment"), counted(sum(len(side.study.cases) for side in sides), "case"),
            counted(runs, "run")]  # fmt: skip
