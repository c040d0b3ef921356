"""One self-contained page for an experiment without a judge: curves, and theory beside them."""

from pathlib import Path
from typing import Any

from markupsafe import Markup

import spectra
from spectra.report import accounts
from spectra.report.inline_svg import inline_svg
from spectra.report.law_answers import answers
from spectra.report.law_comparison import spectra as kernel_spectra
from spectra.report.law_comparison import tails
from spectra.report.law_figures import FIGURES, drawn_rows
from spectra.report.law_study import LawStudy
from spectra.report.law_words import alternative, caption, exponent_sheet, facts, heading
from spectra.report.leftovers import own_page, remove_leftovers
from spectra.report.page import environment, replaced
from spectra.report.spreadsheets import write_csv
from spectra.report.style import save


def write_law_page(study: LawStudy, folder: Path) -> Path:
    """Write the page.

    Args:
        study: What to show.
        folder: Where to; made if absent. A file notes.md in it is shown as text and never written. Where it holds an
            older page, figures of that which the new page does not show are removed.

    Returns:
        Path of index.html, a single file that loads nothing. Beside it: fits.csv with all exponents, and in figures/
        every figure as SVG and PDF and what it draws as CSV.
    """
    drawings = folder / "figures"
    drawings.mkdir(parents=True, exist_ok=True)
    again = own_page(folder)
    write_csv(study.exponents, folder / "fits.csv")
    lists = {
        "losses": ("xi", lambda case: list(case.samples(case.quantity, "step"))),
        "spectrum": ("nu", kernel_spectra),
        "target": ("kappa", tails),
    }
    shown = [name for name in FIGURES if name == "exponents" or not drawn_rows(study, *lists[name]).empty]
    for name in shown:
        rows = study.exponents if name == "exponents" else drawn_rows(study, *lists[name])
        write_csv(rows, drawings / f"{name}.csv")
    figures = [_figure(name, study, drawings) for name in shown]
    notes = folder / "notes.md"
    text = environment().get_template("law_page.html").render(
        study=study,
        facts=facts(study),
        answers=answers(study),
        table=exponent_sheet(study),
        figures=figures,
        sources=sorted({case.theory.sources for case in study.cases if case.theory is not None}),
        accounts=accounts,
        notes=notes.read_text(encoding="utf-8", errors="replace") if notes.is_file() else "",
        version=spectra.__version__,
    )  # fmt: skip
    page = replaced(folder / "index.html", text)
    if again:
        remove_leftovers(drawings, {file for figure in figures for file in figure["files"]})
    return page


def _figure(name: str, study: LawStudy, folder: Path) -> dict[str, Any]:
    vector, _ = save(FIGURES[name](study), folder / name)
    # The markup is our own: matplotlib wrote it, and every text in it went through an XML writer.
    drawing = Markup(inline_svg(vector.read_text(encoding="utf-8"), name=name, alternative=alternative(name, study)))
    return {
        "name": name,
        "heading": heading(name),
        "drawing": drawing,
        "caption": caption(name, study),
        "files": [f"{name}.svg", f"{name}.pdf", f"{name}.csv"],
    }
