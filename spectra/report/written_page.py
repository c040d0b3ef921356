"""What a page on disk says at its head, whichever version of this library wrote it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

from spectra.report.leftovers import SIGNATURE
from spectra.report.verdicts import SIGNS

TAGS = ("h1", "h3", "p", "b", "span")
FIGURE = re.compile(r'href="figures/([A-Za-z0-9_-][A-Za-z0-9_.-]*\.svg)"')
HEADING = re.compile(r"<h2[^>]*>([^<]*)</h2>\s*<figure")
VERSION = re.compile(r"\d[\w.+-]*\w")


@dataclass(frozen=True)
class Pill:
    """A verdict as it stands on a page.

    Attributes:
        question: The question; empty on a page without.
        case: What it is about.
        verdict: The answer in a word.
        tone: same, change, care, plain or open; open for a tone that only other versions have.
        sign: The sign beside it.
        asked: Whether its question is the title's.
        lead: The answer in words.
    """

    question: str
    case: str
    verdict: str
    tone: str
    sign: str
    asked: bool = False
    lead: str = ""


@dataclass(frozen=True)
class WrittenPage:
    """The head of a page.

    Attributes:
        title: Its title.
        facts: Size of the experiment in a few words.
        pills: Its verdicts in the order of the page, without those that are folded.
        figure: File of its first figure, within its folder; empty without.
        shows: Heading of that figure.
        version: Of the library that wrote it.
    """

    title: str
    facts: tuple[str, ...]
    pills: tuple[Pill, ...]
    figure: str
    shows: str
    version: str


def written_page(folder: Path) -> WrittenPage | None:
    """Read the page in a folder; None where there is none, or where another program wrote it."""
    path = folder / "index.html"
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    if SIGNATURE not in text:
        return None
    # What follows the first figure says nothing here, and may be a megabyte.
    parts = _parts(text.partition("<figure")[0])
    figure, heading = FIGURE.search(text), HEADING.search(text)
    version = VERSION.match(text.rpartition(SIGNATURE)[2])
    return WrittenPage(
        title=next((part.text for part in parts if part.tag == "h1"), ""),
        facts=tuple(part.text for part in parts if part.tag == "span" and "facts" in part.within),
        pills=tuple(_pills(parts)),
        figure="" if figure is None else f"figures/{figure[1]}",
        shows="" if heading is None else unescape(heading[1]).strip(),
        version="" if version is None else version[0],
    )


@dataclass(frozen=True)
class _Part:
    """The text of an element, with the names of its classes and those of the element around it."""

    tag: str
    names: tuple[str, ...]
    within: tuple[str, ...]
    text: str


def _parts(text: str) -> list[_Part]:
    parser = _Parser()
    parser.feed(text)
    return parser.parts


class _Parser(HTMLParser):
    """Collects headings, paragraphs and marked words in the order in which they end; what is folded is skipped."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[_Part] = []
        self._open: list[tuple[str, tuple[str, ...], list[str]]] = []  # tag, names of classes, texts
        self._folds = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._folds += tag == "details"
        if tag in TAGS and not self._folds:
            self._open.append((tag, tuple((dict(attrs).get("class") or "").split()), []))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag and not self._folds:
            _, names, texts = self._open.pop()
            within = self._open[-1][1] if self._open else ()
            self.parts.append(_Part(tag, names, within, " ".join("".join(texts).split())))
        self._folds -= tag == "details"

    def handle_data(self, data: str) -> None:
        for _, _, texts in self._open if not self._folds else ():
            texts.append(data)


def _pills(parts: list[_Part]) -> Iterator[Pill]:
    question = case = sign = ""
    asked = False
    for place, part in enumerate(parts):
        if part.tag == "h3":
            question, asked = part.text, "asked" in part.names
        elif part.tag == "b":
            case = part.text
        elif part.tag == "span" and "verdict" in part.within:
            sign = part.text
        elif part.tag == "span" and "verdict" in part.names:
            tone = next((tone for tone in SIGNS if tone in part.names), "open")
            lead = _lead(parts[place + 1 :])
            yield Pill(question, case, part.text.removeprefix(sign).strip(), tone, sign, asked, lead)


def _lead(parts: list[_Part]) -> str:
    """The first plain paragraph before the next verdict."""
    for part in parts:
        if part.tag in ("h3", "b"):
            break
        if part.tag == "p" and not part.names:
            return part.text
    return ""
