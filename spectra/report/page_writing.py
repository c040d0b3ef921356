"""How every page is written: figures beside it, a template that is filled, and one rename."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

import spectra
from spectra.plain_text import clean
from spectra.report import accounts, remaking
from spectra.report.exhibit import Exhibit
from spectra.report.exhibited import exhibited
from spectra.report.leftovers import own_page, remove_leftovers
from spectra.report.page_scripts import content_policy, page_scripts
from spectra.report.verdicts import folded

CODE = re.compile(r"`([^`\n]+)`")


def written(template: str, shown: Sequence[Exhibit], content: Mapping[str, object], folder: Path) -> Path:
    """Write a page with its figures and the tables behind them.

    Args:
        template: Name of its template, which extends frame.html.
        shown: Its figures in their order.
        content: What else the template shows, by the names that it has there.
        folder: Where to; made if absent. A file notes.md in it is shown as text and never written. Where it holds an
            older page, figures of that which the new page does not show are removed.

    Returns:
        Path of index.html, a single file that loads nothing.
    """
    drawings, again = folder / "figures", own_page(folder)
    drawings.mkdir(parents=True, exist_ok=True)
    figures = [exhibited(exhibit, place, drawings) for place, exhibit in enumerate(shown, 1)]
    page = replaced(folder / "index.html", rendered(template, figures, {**content, "notes": _notes_of(folder)}))
    if again:
        remove_leftovers(drawings, {file for figure in figures for file in figure["files"]})
    return page


def _notes_of(folder: Path) -> str:
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
