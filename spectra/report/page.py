"""One self-contained page per experiment: the verdict first, then the figures, then what they rest on."""

import os
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import spectra
from spectra.report import accounts
from spectra.report.exhibit import Exhibit
from spectra.report.exhibits import exhibits
from spectra.report.headline import headline
from spectra.report.inline_svg import inline_svg
from spectra.report.leftovers import own_page, remove_leftovers
from spectra.report.movement_sheet import movement_sheet
from spectra.report.spreadsheets import write_csv
from spectra.report.study import Study
from spectra.report.style import save
from spectra.report.verdict_rows import verdict_rows
from spectra.report.verdicts import verdicts
from spectra.report.words import clean, counted, listing, number


def write_page(study: Study, folder: Path) -> Path:
    """Write the report of a study.

    Args:
        study: What to show.
        folder: Where to; made if absent. A file notes.md in it is shown as text and never written. Where it holds an
            older page, figures of that which the new page does not show are removed.

    Returns:
        Path of index.html, a single file that loads nothing. Beside it: fits.csv, verdicts.csv, and in figures/ every
        figure as SVG and PDF and every table behind a figure as CSV.
    """
    drawings = folder / "figures"
    drawings.mkdir(parents=True, exist_ok=True)
    again = own_page(folder)
    write_csv(study.exponents, folder / "fits.csv")
    write_csv(verdict_rows(study), folder / "verdicts.csv")
    figures = [_figure(exhibit, place, drawings) for place, exhibit in enumerate(exhibits(study), 1)]
    notes = folder / "notes.md"
    text = environment().get_template("page.html").render(
        study=study,
        facts=_facts(study),
        cards=verdicts(study),
        headline=headline(study),
        movement=movement_sheet(study),
        figures=figures,
        accounts=accounts,
        notes=notes.read_text(encoding="utf-8", errors="replace") if notes.is_file() else "",
        version=spectra.__version__,
    )  # fmt: skip
    page = replaced(folder / "index.html", text)
    if again:
        remove_leftovers(drawings, {file for figure in figures for file in figure["files"]})
    return page


def _figure(exhibit: Exhibit, place: int, folder: Path) -> dict[str, Any]:
    name = exhibit.name
    for file, table in exhibit.tables.items():
        write_csv(table, folder / f"{file}.csv")
    vector, _ = save(exhibit.draw(), folder / name)
    # The markup is our own: matplotlib wrote it, and every text in it went through an XML writer.
    text = vector.read_text(encoding="utf-8")
    drawing = Markup(inline_svg(text, name=f"f{place}", alternative=exhibit.alternative))
    return {
        "name": name,
        "heading": exhibit.heading,
        "drawing": drawing,
        "caption": exhibit.caption,
        "sheets": [sheet for sheet in exhibit.sheets if sheet.rows],
        "files": [f"{name}.svg", f"{name}.pdf", *(f"{table}.csv" for table in exhibit.tables)],
    }


def _facts(study: Study) -> list[str]:
    if study.table.empty:
        return []
    table = study.table
    return [
        counted(table["run"].nunique(), "run"),
        f"{clean(study.scale)} {listing([number(size, 6) for size in study.sizes])}",
        counted(table["seed"].nunique(), "seed"),
        counted(table["rate"].nunique(), "learning rate"),
        f"judged at {listing([number(rate) for rate in study.question.rates])}",
    ]


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
    templates.filters["paragraphs"] = lambda text: [part.strip() for part in text.split("\n\n") if part.strip()]
    return templates


def replaced(path: Path, text: str) -> Path:
    """Write a file by one rename, so that an interrupted report leaves the old page whole."""
    draft = path.with_name(path.name + ".partial")
    draft.write_bytes(text.encode("utf-8"))
    os.replace(draft, path)  # noqa: PTH105
    return path
