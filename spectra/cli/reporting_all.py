"""`spectra report --all`: the gallery of all pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from spectra.cli.exits import door
from spectra.cli.terminal import Terminal
from spectra.report.gallery import Recipe
from spectra.report.gallery_page import write_gallery
from spectra.report.leftovers import own_page
from spectra.sweeps.experiment import COMMANDS
from spectra.sweeps.toml_document import read_document

PAGES = Path("reports")
RECIPES = Path("experiments")
GUIDE = "README.md"
"""Beside recipes: the order in which it links to them is theirs, and its headings are those of the gallery."""
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
HEADING_OR_LINK = re.compile(r"^#{1,6} +(.+?) *$|\]\((?:\./)?([^()/\s]+\.toml)\)", re.MULTILINE)


def report_all(recipes: Sequence[Path], out: Path | None) -> None:
    """Write the gallery of the pages in a folder.

    Args:
        recipes: Which recipes are shown; every one in experiments/ if none is named. They stand in the order and under
            the headings of the README.md beside them; those to which it does not link come last.
        out: Folder of the pages, and of the gallery; reports/ where None.
    """
    with door():
        if out is not None and not any(map(own_page, out.glob("*/"))):
            raise ValueError(
                f"{out} holds no page; --out names the folder whose pages are shown, and the gallery goes there: leave "
                f"it out for that of {PAGES}/"
            )
        asked = [*recipes] or sorted(RECIPES.glob("*.toml"))
        guide = {folder: headings(folder / GUIDE) for folder in {path.parent for path in asked}}
        places = {path: [*guide[path.parent]].index(path.name) for path in asked if path.name in guide[path.parent]}
        ordered = sorted(asked, key=lambda path: places.get(path, len(asked) + len(places)))
        heads = [replace(recipe_head(path), group=guide[path.parent].get(path.name, "")) for path in ordered]
        page = write_gallery(heads, out or PAGES)
    Terminal().print(f"Gallery of {len(asked)} recipes: {page}")


def recipe_head(path: Path) -> Recipe:
    """Name, title and description of a recipe; why it has none if it cannot be read. Its runs are not looked at."""
    try:
        _, document = read_document(path)
    except ValueError as error:
        return Recipe(path.stem, path.stem, "", str(path), fault=str(error))
    words = {word: document.get(word) for word in ("name", "title", "description", "command")}
    name, title, description, command = (value if isinstance(value, str) else "" for value in words.values())
    known = command if command in COMMANDS else COMMANDS[0]
    return Recipe(name or path.stem, title or name or path.stem, description, str(path), command=known)


def headings(guide: Path) -> dict[str, str]:
    """The recipes to which a guide links, in its order, each with the heading above its first link."""
    text = guide.read_text(encoding="utf-8", errors="replace") if guide.is_file() else ""
    heading, found = "", dict[str, str]()
    for match in HEADING_OR_LINK.finditer(FENCED.sub("", text)):
        heading = match[1] or heading
        if match[2]:
            found.setdefault(match[2], heading)
    return found
