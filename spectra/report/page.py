"""One self-contained page per experiment: the verdict first, then the figures, then what they rest on."""

from pathlib import Path

from spectra.report.cards import cards
from spectra.report.comparison_tables import comparison_rows, write_comparisons
from spectra.report.exhibits import exhibits
from spectra.report.headline import headline
from spectra.report.movement_sheet import movement_sheet
from spectra.report.page_writing import written
from spectra.report.size_powers import fit_rows
from spectra.report.sources import sources
from spectra.report.study import Study
from spectra.report.titles import column_title
from spectra.report.verdict_latex import verdict_latex
from spectra.report.verdict_rows import verdict_rows
from spectra.report.words import counted, listing, number
from spectra.spreadsheets import write_csv


def write_page(study: Study, folder: Path) -> Path:
    """Write the report of a study.

    Args:
        study: What to show.
        folder: Where to; made if absent. A file notes.md in it is shown as text and never written. Where it holds an
            older page, figures of that which the new page does not show are removed.

    Returns:
        Path of index.html, a single file that loads nothing. Beside it: fits.csv, verdicts.csv and verdicts.tex (for a
        paper), comparisons.csv where something was compared, and in figures/ every figure as SVG and PDF and every
        table behind a figure as CSV.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(fit_rows(study), folder / "fits.csv")
    rows = verdict_rows(study)
    write_csv(rows, folder / "verdicts.csv")
    (folder / "verdicts.tex").write_text(verdict_latex(rows), encoding="utf-8")
    write_comparisons(comparison_rows(study.comparisons), folder)
    content = {
        "title": study.title,
        "study": study,
        "facts": _facts(study),
        "cards": cards(study),
        "headline": headline(study),
        "movement": movement_sheet(study),
        "sources": sources(study),
    }
    return written("page.html", exhibits(study), content, folder)


def _facts(study: Study) -> list[str]:
    if study.table.empty:
        return []
    table = study.table
    return [
        counted(table["run"].nunique(), "run"),
        f"{column_title(study.scale)} {listing([number(size, 6) for size in study.sizes])}",
        counted(table["seed"].nunique(), "seed"),
        counted(table["rate"].nunique(), "learning rate"),
        f"judged at {listing([number(rate) for rate in study.question.rates])}",
    ]
