"""Figures of an older page that the new one does not show."""

from collections.abc import Collection
from pathlib import Path

KINDS = (".svg", ".pdf", ".csv")  # that a page writes into its folder of figures
SIGNATURE = "<footer><p>Written by spectra "  # at the end of every page


def own_page(folder: Path) -> bool:
    """Whether a folder holds a page that this library wrote; ask before it is replaced."""
    page = folder / "index.html"
    return page.is_file() and SIGNATURE in page.read_text(encoding="utf-8", errors="replace")


def remove_leftovers(figures: Path, shown: Collection[str]) -> list[Path]:
    """Remove what an older page left among the figures, and nothing else.

    Removed are the plain files right in the folder that end as those of a page do (`KINDS`) and that the new page does
    not refer to. Folders, links, hidden files and all other endings stay.

    Args:
        figures: The folder of figures of a page of ours.
        shown: Names of the files that the new page refers to.

    Returns:
        What was removed.
    """
    gone = [
        path
        for path in sorted(figures.iterdir())
        if path.suffix in KINDS and path.name not in shown and not path.name.startswith(".")
        if path.is_file() and not path.is_symlink()
    ]
    for path in gone:
        path.unlink()
    return gone
