"""The gallery: one page that leads to all others."""

from collections.abc import Sequence
from pathlib import Path

import spectra
from spectra.report.gallery import Recipe, gallery_entries, grouped
from spectra.report.leftovers import own_page
from spectra.report.page_writing import rendered, replaced
from spectra.report.words import counted


def write_gallery(recipes: Sequence[Recipe], folder: Path) -> Path:
    """Write the page that leads to all pages in a folder; these are read, and none is changed.

    Args:
        recipes: Which recipes there are, in their order, also such that have no page yet.
        folder: Of the pages; made if absent.

    Returns:
        Path of index.html in it, a single file that loads nothing.

    Raises:
        ValueError: If another program wrote the index.html that is there.
    """
    path = folder / "index.html"
    if path.exists() and not own_page(folder):
        raise ValueError(f"{path} is not a page of spectra and would be replaced; move it away, or pass another --out")
    folder.mkdir(parents=True, exist_ok=True)
    entries = gallery_entries(recipes, folder)
    there = [entry for entry in entries if entry.page is not None]
    content = {
        "title": "Experiments",
        "facts": [counted(len(there), "page"), counted(len(entries) - len(there), "recipe") + " without one"],
        "groups": grouped(there),
        "absent": [entry for entry in entries if entry.page is None],
        "current": spectra.__version__,
    }
    return replaced(path, rendered("gallery.html", [], content))
