"""`spectra report --all`: the gallery of all pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from spectra.cli.exits import door
from spectra.report.gallery import Recipe
from spectra.report.gallery_page import write_gallery
from spectra.sweeps.toml_document import read_document

PAGES = Path("reports")
RECIPES = Path("experiments")


def report_all(recipes: Sequence[Path], out: Path | None) -> None:
    """Write the gallery of the pages in a folder.

    Args:
        recipes: Which recipes are shown; every one in experiments/ if none is named.
        out: Folder of the pages, and of the gallery.
    """
    with door():
        asked = [*recipes] or sorted(RECIPES.glob("*.toml"))
        page = write_gallery([recipe_head(path) for path in asked], out or PAGES)
    Console(highlight=False, soft_wrap=True).print(f"Gallery of {len(asked)} recipes: {page}", markup=False)


def recipe_head(path: Path) -> Recipe:
    """Name, title and description of a recipe; why it has none if it cannot be read. Its runs are not looked at."""
    try:
        _, document = read_document(path)
    except ValueError as error:
        return Recipe(path.stem, path.stem, "", str(path), fault=str(error))
    words = {word: document.get(word) for word in ("name", "title", "description")}
    name, title, description = (value if isinstance(value, str) else "" for value in words.values())
    return Recipe(name or path.stem, title or name or path.stem, description, str(path))
