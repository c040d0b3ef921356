"""One self-contained page per experiment: the verdict first, then the figures, then what they rest on."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from pandas import DataFrame

import spectra
from spectra.plain_text import clean
from spectra.report import accounts, remaking
from spectra.report.cards import cards
from spectra.report.comparison_tables import comparison_rows
from spectra.report.exhibited import exhibited
from spectra.report.exhibits import exhibits
from spectra.report.headline import headline
from spectra.report.leftovers import own_page, remove_leftovers
from spectra.report.movement_sheet import movement_sheet
from spectra.report.page_scripts import content_policy, page_scripts
from spectra.report.size_powers import fit_rows
from spectra.report.sources import sources
from spectra.report.study import Study
from spectra.report.titles import column_title
from spectra.report.verdict_latex import verdict_latex
from spectra.report.verdict_rows import verdict_rows
from spectra.report.verdicts import folded
from spectra.report.words import counted, listing, number
from spectra.spreadsheets import write_csv

CODE = re.compile(r"`([^`\n]+)`")


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
    drawings = folder / "figures"
    drawings.mkdir(parents=True, exist_ok=True)
    again = own_page(folder)
    write_csv(fit_rows(study), folder / "fits.csv")
    rows = verdict_rows(study)
    write_csv(rows, folder / "verdicts.csv")
    (folder / "verdicts.tex").write_text(verdict_latex(rows), encoding="utf-8")
    write_comparisons(comparison_rows(study.comparisons), folder)
    figures = [exhibited(exhibit, place, drawings) for place, exhibit in enumerate(exhibits(study), 1)]
    content = {
        "study": study,
        "facts": _facts(study),
        "cards": cards(study),
        "headline": headline(study),
        "movement": movement_sheet(study),
        "sources": sources(study),
        "notes": notes_of(folder),
    }
    page = replaced(folder / "index.html", rendered("page.html", figures, content))
    if again:
        remove_leftovers(drawings, {file for figure in figures for file in figure["files"]})
    return page


def write_comparisons(rows: DataFrame, folder: Path) -> None:
    """Write comparisons.csv; without comparisons that of an older page is removed."""
    path = folder / "comparisons.csv"
    if len(rows):
        write_csv(rows, path)
    elif own_page(folder):
        path.unlink(missing_ok=True)


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


def notes_of(folder: Path) -> str:
    """Text of the notes beside a page; empty without."""
    notes = folder / "notes.md"
    return notes.read_text(encoding="utf-8", errors="replace") if notes.is_file() else ""


def rendered(template: str, figures: Sequence[Mapping[str, Any]], content: Mapping[str, object]) -> str:
    """A page as text.

    Args:
        template: Name of its template, which extends frame.html.
        figures: What `exhibited` gave for each of its figures.
        content: What else the template shows, by the names that it has there.

    Returns:
        Markup of a page that loads nothing, with the scripts that its tables and its figures need.
    """
    charts = any(figure["charts"] for figure in figures)
    return environment().get_template(template).render(
        **content,
        accounts=accounts,
        figures=figures,
        remaking=remaking,
        policy=content_policy(charts=charts),
        scripts=page_scripts(charts=charts),
        version=spectra.__version__,
    )  # fmt: skip


def environment() -> Environment:
    """Templates of pages: they escape what they show, and refuse names that they are not given."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if hasattr(value, "__html__") else clean(value),
    )
    templates.filters["coded"] = _coded
    templates.filters["folded"] = folded
    templates.filters["paragraphs"] = lambda text: [part.strip() for part in text.split("\n\n") if part.strip()]
    return templates


def _coded(text: str) -> Markup:
    """Text by hand, with what stands between backticks as code."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(clean(text)))))


def replaced(path: Path, text: str) -> Path:
    """Write a file by one rename, so that an interrupted report leaves the old page whole."""
    draft = path.with_name(path.name + ".partial")
    draft.write_bytes(text.encode("utf-8"))
    os.replace(draft, path)  # noqa: PTH105
    return path
