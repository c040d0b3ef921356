"""Where figures will stand, and so how wide they are: on the page, in a paper of one or two columns, on a slide."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """How large figures are drawn, and on what ground. Letters and lines have one size: a smaller figure has fewer.

    Attributes:
        name: Of the folder of such figures.
        width: Of a figure with several panels, in inches.
        alone: Width of a figure with few panels, in inches.
        beside: Panels that stand side by side at most.
        few: Panels up to which a figure is as wide as one; they stand below one another.
        dark: Whether figures stand on a dark ground.
        dots: Of a PNG file, for each inch; None: no such file is written.
    """

    name: str
    width: float
    alone: float
    beside: int
    few: int = 1
    dark: bool = False
    dots: int | None = None


PAGE = Look("page", width=6.9, alone=5.2, beside=3)
"""What stands on the page of a report, and prints at the text width of a sheet."""

# Text widths: 5.5 inches are those of NeurIPS and ICLR; 6.75 and 3.25 those of a page and of a column of ICML, within a
# tenth of an inch of those of IEEE and APS.
_PAPERS = {
    1: Look("paper-1", width=5.5, alone=4.2, beside=2, dots=300),
    2: Look("paper-2", width=6.75, alone=3.25, beside=3, few=2, dots=300),
}
# Drawn at two fifths of a slide of 13.3 inches, so that letters of 8 points reach 20 when it fills the slide; as many
# dots as a projector has.
_TALK = Look("talk", width=5.5, alone=4.5, beside=3, dots=350)
_DARK = Look("dark", width=PAGE.width, alone=PAGE.alone, beside=PAGE.beside, dark=True, dots=300)

STYLES = ("paper", "talk", "dark")

_CURRENT: ContextVar[Look] = ContextVar("look", default=PAGE)


def look(style: str = "paper", *, columns: int | None = None) -> Look:
    """The look of a style.

    Args:
        style: "paper", "talk" (drawn small, so that letters are large on a slide) or "dark" (as large as on the page).
        columns: Of a paper, 1 or 2; None for 2. In a paper of two columns a figure with one panel or two is as wide as
            a column, and one with more as wide as the page.

    Raises:
        ValueError: If there is no such style or number of columns, or if columns were given for no paper.
    """
    if style not in STYLES:
        raise ValueError(f"no style {style!r}; there are {', '.join(STYLES)}")
    if columns is not None and style != "paper":
        raise ValueError(
            f"columns={columns} was given with the style {style}, and only paper has columns: leave it out"
        )
    if columns not in (None, *_PAPERS):
        raise ValueError(f"a paper of {columns} columns was given; use 1 or 2")
    return {"paper": _PAPERS[columns or 2], "talk": _TALK, "dark": _DARK}[style]


def current() -> Look:
    """The look that figures are drawn in: that of the page outside `drawn_for`."""
    return _CURRENT.get()


@contextmanager
def drawn_for(wanted: Look) -> Iterator[None]:
    """Draw all figures within the block in a look.

    Args:
        wanted: As `look` gives it.
    """
    token = _CURRENT.set(wanted)
    try:
        yield
    finally:
        _CURRENT.reset(token)
