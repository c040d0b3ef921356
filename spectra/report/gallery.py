"""What a gallery of pages has to show: every recipe with what its page says, and pages without a recipe."""

import re
import shlex
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.parsers.expat import ExpatError

from spectra.plain_text import clean
from spectra.report.inline_svg import inline_svg
from spectra.report.written_page import Pill, WrittenPage, written_page

SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")
SIZE = re.compile(r'<svg[^>]*\bwidth="([\d.]+)pt" height="([\d.]+)pt"')
MOST = 9
"""Answers that a card has room for."""
SMALL = "-smoke"
"""How names of folders end that hold pages of small versions, which say nothing."""


@dataclass(frozen=True)
class Recipe:
    """A recipe as it names itself.

    Attributes:
        name: Of its page's folder.
        title: One line in words.
        description: Paragraphs in words.
        path: Of the file, as it is typed.
        group: What it is about; recipes of one group stand together. Empty where nothing says it.
        command: Which one makes its page: "report", or "check".
        fault: Why it could not be read; empty if it could.
    """

    name: str
    title: str
    description: str
    path: str
    group: str = ""
    command: str = "report"
    fault: str = ""

    @property
    def commands(self) -> str:
        """What to type to make its page."""
        recipe = shlex.quote(clean(self.path))
        lines = [f"spectra {self.command} {recipe}"]
        return "\n".join([f"spectra run {recipe}", *lines] if self.command == "report" else lines)


@dataclass(frozen=True)
class Picture:
    """The first figure of a page.

    Attributes:
        url: The figure itself, as a data URL: as an image it can neither run nor load anything.
        width: In points.
        height: In points.
    """

    url: str
    width: float
    height: float


@dataclass(frozen=True)
class Entry:
    """One picture of the gallery with what stands beside it.

    Attributes:
        name: Of the folder of its page.
        title: One line in words.
        sentence: What it is about; empty for a page without a recipe.
        group: Under which heading it stands.
        page: What its page says; None where there is none.
        picture: The first figure of the page; None without.
        recipe: Where its runs come from; None for a page without one.
    """

    name: str
    title: str
    sentence: str
    group: str
    page: WrittenPage | None
    picture: Picture | None
    recipe: Recipe | None

    @property
    def questions(self) -> dict[str, list[Pill]]:
        """The questions that answer its title, with their answers; at most `MOST` of these."""
        found: dict[str, list[Pill]] = {}
        for pill in self._pills[:MOST]:
            found.setdefault(pill.question, []).append(pill)
        return found

    @property
    def told(self) -> bool:
        """Whether the answers are few enough to be told in words."""
        return len(self._pills) <= 2

    @property
    def further(self) -> int:
        """How many other answers its page has."""
        return len(self.page.pills) - len(self._pills[:MOST]) if self.page else 0

    @property
    def _pills(self) -> tuple[Pill, ...]:
        """All answers to its title: those so marked, or those to the first question of an older page."""
        every = self.page.pills if self.page else ()
        return tuple(pill for pill in every if pill.asked) or tuple(
            pill for pill in every if pill.question == every[0].question
        )


def grouped(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Entries by the heading under which they stand; those without one come last."""
    found: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: not entry.group):
        found.setdefault(entry.group, []).append(entry)
    return found


def gallery_entries(recipes: Sequence[Recipe], folder: Path) -> list[Entry]:
    """The recipes that have a page, in their order, then pages without a recipe, then recipes without a page.

    Args:
        recipes: Which recipes there are.
        folder: Of the pages, each in a folder of its own. Pages of small versions are left out.
    """
    named = {recipe.name for recipe in recipes}
    others = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    known = [_entry(recipe.name, recipe, folder) for recipe in recipes]
    unknown = [_entry(name, None, folder) for name in others if name not in named and not name.endswith(SMALL)]
    shown = [entry for entry in [*known, *unknown] if entry.page is not None]
    return [*shown, *(entry for entry in known if entry.page is None)]


def _entry(name: str, recipe: Recipe | None, folder: Path) -> Entry:
    page = written_page(folder / name)
    title = recipe.title if recipe else page.title if page else ""
    first = " ".join(recipe.description.split("\n\n")[0].split()) if recipe else ""
    return Entry(
        name=name,
        title=clean(title) or name,
        sentence=SENTENCE.split(clean(first))[0],
        group=clean(recipe.group) if recipe else "",
        page=page,
        picture=_picture(folder / name / page.figure) if page and page.figure else None,
        recipe=recipe,
    )


def _picture(path: Path) -> Picture | None:
    try:
        text = path.read_text(encoding="utf-8")
        width, height = map(float, SIZE.findall(text)[0])
        drawing = inline_svg(text, name="g", alternative="").encode("utf-8")
    except (OSError, ValueError, LookupError, ExpatError):  # it is gone, damaged, or another program's
        return None
    url = f"data:image/svg+xml;base64,{b64encode(drawing).decode('ascii')}"
    return Picture(url, width, height)
