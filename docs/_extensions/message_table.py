"""Tables of messages on a page, made while the site is built: `:::{message-table}` becomes `messages.csv`."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the tests make the tables without it
    from sphinx.application import Sphinx

_PLACE = ":::{message-table}\n:::"
_FILE = "messages.csv"
_TABLE = ("::::{table}", ":class: messages", "")


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the tables into pages as these are read."""
    app.connect("source-read", _fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _fill(app: Sphinx, page: str, content: list[str]) -> None:
    if _PLACE in content[0]:
        table = Path(app.srcdir) / _FILE
        app.env.note_dependency(str(table), docname=page)
        with table.open(newline="") as file:
            content[0] = content[0].replace(_PLACE, messages_markdown(csv.DictReader(file)))


def messages_markdown(rows: Iterable[Mapping[str, str]]) -> str:
    """A section for each part of the package: where a message begins, its text, and an example with its test."""
    lines: list[str] = []
    for part, members in groupby(rows, key=lambda row: row["place"].split(".")[1]):
        lines += [f"## {'spectra' if part == '__init__' else f'spectra.{part}'}", "", *_TABLE]
        lines += ["| where | text | example, and its test |", "| --- | --- | --- |", *map(_line, members), "::::", ""]
    return "\n".join(lines)


def _line(row: Mapping[str, str]) -> str:
    where = row["place"].split(".", 2)[2]
    cells = ((where, row["kind"]), (row["text"],), (row["example"], row["test"]))
    return f"| {' | '.join('<br>'.join(map(_code, cell)) for cell in cells)} |"


def _code(text: str) -> str:
    """Text in one line of which no sign means anything, and no quotation mark becomes another."""
    marks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{marks} {' '.join(text.split())} {marks}".replace("|", "\\|")
