"""What a page on disk says at its head, whichever version of this library wrote it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

from spectra.report.leftovers import SIGNATURE

TONES = ("good", "bad", "care", "plain", "open")
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
        tone: good, bad, care, plain or open.
        sign: The sign beside it.
    """

    question: str
    case: str
    verdict: str
    tone: str
    sign: str


@dataclass(frozen=True)
class WrittenPage:
    """The head of a page.

    Attributes:
        title: Its title.
        facts: Size of the experiment in a few words.
        pills: Its verdicts in the order of the page, without those that are folded.
        lead: The sentence of the first of them; empty without.
        figure: File of its first figure, within its folder; empty without.
        shows: Heading of that figure.
        version: Of the library that wrote it.
    """

    title: str
    facts: tuple[str, ...]
    pills: tuple[Pill, ...]
    lead: str
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
        lead=_lead(parts),
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
    for part in parts:
        if part.tag == "h3":
            question = part.text
        elif part.tag == "b":
            case = part.text
        elif part.tag == "span" and "verdict" in part.within:
            sign = part.text
        elif part.tag == "span" and "verdict" in part.names:
            tone = next((tone for tone in TONES if tone in part.names), "open")
            yield Pill(question, case, part.text.removeprefix(sign).strip(), tone, sign)


def _lead(parts: list[_Part]) -> str:
    """The first plain paragraph behind the first verdict."""
    first = next((place for place, part in enumerate(parts) if "regime" in part.names), len(parts))
    return next((part.text for part in parts[first:] if part.tag == "p" and not part.names), "")
