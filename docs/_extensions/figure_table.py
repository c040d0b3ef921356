"""The table of figures on pages, made while the site is built: `:::{figure-table}` becomes all of `FIGURES`."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from spectra.report import FIGURES

if TYPE_CHECKING:  # the tests make the table without it
    from sphinx.application import Sphinx

_PLACE = ":::{figure-table}\n:::"


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the table into pages as these are read."""
    app.connect("source-read", _fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _fill(_app: Sphinx, _page: str, content: list[str]) -> None:
    content[0] = content[0].replace(_PLACE, figures_markdown())


def figures_markdown() -> str:
    """A row for every figure: its name, the file of a page that holds its table, and what it shows."""
    rows = [(f"`{name}`", figure.file, _first_sentence(figure.draw)) for name, figure in FIGURES.items()]
    return "\n".join(_line(row) for row in (("name", "table in figures/", "what it shows"), ("---",) * 3, *rows))


def _first_sentence(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n")[0]


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("*", "\\*") for cell in cells) + " |"
