"""One self-contained page for an experiment without a judge: curves, and theory beside them."""

from pathlib import Path

from spectra.report.cards import cards
from spectra.report.comparison_exhibit import comparison_exhibits
from spectra.report.comparison_tables import comparison_rows, write_comparisons
from spectra.report.law_answers import answers
from spectra.report.law_exhibits import law_exhibits
from spectra.report.law_latex import law_latex
from spectra.report.law_study import LawStudy
from spectra.report.law_words import exponent_sheet, facts
from spectra.report.leftovers import own_page
from spectra.report.page_writing import written
from spectra.report.sources import sources
from spectra.spreadsheets import write_csv


def write_law_page(study: LawStudy, folder: Path) -> Path:
    """Write the page.

    Args:
        study: What to show.
        folder: Where to; made if absent. A file notes.md in it is shown as text and never written. Where it holds an
            older page, figures of that which the new page does not show are removed.

    Returns:
        Path of index.html, a single file that loads nothing. Beside it: fits.csv and fits.tex (for a paper) with all
        exponents, if there are some, comparisons.csv where something was compared, and in figures/ every figure as SVG
        and PDF and what it draws as CSV.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_fits(study, folder)
    write_comparisons(comparison_rows(study.comparisons), folder)
    shown = [*comparison_exhibits(study.comparisons), *law_exhibits(study)]
    content = {
        "title": study.title,
        "study": study,
        "facts": facts(study),
        "answers": answers(study),
        "cards": cards(study),
        "table": exponent_sheet(study),
        "theories": sorted({case.theory.sources for case in study.cases if case.theory is not None}),
        "sources": sources(study),
    }
    return written("law_page.html", shown, content, folder)


def _write_fits(study: LawStudy, folder: Path) -> None:
    """Write fits.csv and fits.tex; without exponents those of an older page are removed."""
    if len(study.exponents):
        write_csv(study.exponents, folder / "fits.csv")
        (folder / "fits.tex").write_text(law_latex(study.exponents, answers(study)), encoding="utf-8")
    elif own_page(folder):
        for name in ("fits.csv", "fits.tex"):
            (folder / name).unlink(missing_ok=True)
