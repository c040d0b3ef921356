"""Links of files that pages include: to the page that holds the text here, or to the file itself."""

from __future__ import annotations

import os
import re
from pathlib import Path

from sphinx.application import Sphinx

# Where the sections of files of the repository are on this site.
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "experiments/README.md": "recipes.md",
    "experiments/README.md#how-a-recipe-reads": "recipes.md",
    "experiments/README.md#large-sweeps": "large_sweeps.md",
    "experiments/README.md#verdicts-on-a-table-of-your-own": "own_table.md",
    "experiments/README.md#fitting-saved-curves": "own_curves.md",
    "benchmarks/README.md": "benchmarks.md",
}
_LINK = re.compile(r"(?<=\])\(([^)\s:]+)\)")


def setup(app: Sphinx) -> dict[str, bool]:
    """Rewrite links of what is included."""
    app.connect("include-read", _rewrite)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _rewrite(app: Sphinx, path: Path, _page: str, content: list[str]) -> None:
    docs = Path(app.srcdir)
    root = docs.parent
    folder = (docs / path).resolve().parent
    content[0] = _LINK.sub(lambda match: f"({site_link(match[1], folder, root)})", content[0])


def site_link(target: str, folder: Path, root: Path) -> str:
    """The target, as a page in `root`/docs writes it; a section has its own page or is on that of its file."""
    file, hash_mark, anchor = target.partition("#")
    if not file:
        return target
    place = Path(os.path.normpath(folder / file))
    name = place.relative_to(root).as_posix()
    if name in PAGES:
        return PAGES.get(f"{name}#{anchor}", PAGES[name] + hash_mark + anchor)
    return Path(os.path.relpath(place, root / "docs")).as_posix()
