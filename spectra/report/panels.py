"""One panel per case, side by side on shared axes, with one legend for the whole figure."""

import textwrap
import unicodedata
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from spectra.plain_text import clean
from spectra.report.look import PAGE, current
from spectra.report.style import INK, MUTED, escape, style

FULL_WIDTH = PAGE.width
LETTERS = {1: 52, 2: 40, 3: 25}  # of a line of a title on the page, by the panels of a row
NOTE = 1.1  # letters of a line within a panel over those of its title, which is bold
BESIDE = 0.6  # inches beside the panels of a row that their labels take
LABEL = 36  # letters of a line beside a panel at most
ABOVE = 0.5  # inches above and below the panels of a row that titles and ticks take
LINE = 0.16  # inches that one more line of a title takes
LETTER = 0.062  # inches of a letter of a label, on average


def arrangement(count: int) -> list[int]:
    """How many panels stand in every row: as many as the look allows, rows as even as can be, the fuller ones first."""
    rows = count if count <= current().few else -(-count // current().beside)
    return [count // rows + (row < count % rows) for row in range(rows)]


def figure_width(count: int) -> float:
    """Width of a figure with so many panels, in inches."""
    return current().alone if count <= current().few else current().width


def line_letters(letters: int, count: int, *, aside: float = 0.0) -> int:
    """Letters of a line that has so many on the page, in a figure of so many panels.

    Args:
        letters: On the page.
        count: Panels.
        aside: Inches that something beside the panels takes.
    """
    page = PAGE.alone if count == 1 else PAGE.width
    return round(letters * (figure_width(count) - BESIDE - aside) / (page - BESIDE))


def note_letters(count: int) -> int:
    """Letters of a line of text within the narrowest of so many panels."""
    return round(NOTE * line_letters(LETTERS[max(arrangement(count))], count))


def cells(figure: Figure, count: int, ratios: Sequence[float] = (1.0,)) -> list[list[SubplotSpec]]:
    """The place of every panel, and of what stands under it; all panels are of one width, so that slopes compare.

    Args:
        figure: Where to.
        count: Panels.
        ratios: Heights of a panel and of what stands under it.
    """
    rows, layers = arrangement(count), len(ratios)
    grid = figure.add_gridspec(len(rows) * layers, max(rows), height_ratios=list(ratios) * len(rows))
    return [
        [grid[row * layers + layer, place] for layer in range(layers)]
        for row, here in enumerate(rows)
        for place in range(here)
    ]


def wrapped(text: str, letters: int) -> str:
    """Text in lines of at most so many letters; wide letters count twice."""
    text = clean(text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    letters = max(8, letters * len(text) // max(len(text) + wide, 1))
    count = len(textwrap.wrap(text, letters))
    # As many lines as must be, of lengths as even as can be.
    while letters > 8 and len(textwrap.wrap(text, letters - 1)) == count:
        letters -= 1
    return "\n".join(textwrap.wrap(text, letters)) or " "


def panels(
    cases: Sequence[str], *, height: float, strip: float = 0.0, own_x: bool = False, aside: float = 0.0
) -> tuple[Figure, dict[str, list[Axes]]]:
    """An empty figure with one titled panel per case.

    Args:
        cases: Titles of the cases, in reading order.
        height: Height of a row of panels in inches, its title's first line included.
        strip: Height of a second, lower panel under each panel as a share of the upper one; 0 for none.
        own_x: Whether every case has a horizontal axis of its own.
        aside: Inches that something beside the panels will take.

    Returns:
        The figure and, per case, its panel (and its lower panel). All panels share the horizontal axis if it is
        not their own, all upper ones the vertical one, and all lower ones theirs.
    """
    rows = arrangement(len(cases))
    letters = line_letters(LETTERS[max(rows)], len(cases), aside=aside)
    titles = [wrapped(case, letters) for case in cases]
    extra = LINE * max(title.count("\n") for title in titles)
    height = len(rows) * (height * (1 + strip) + extra) + 0.35
    figure = Figure(figsize=(figure_width(len(cases)), height), layout="constrained")
    places = cells(figure, len(cases), (1.0, strip) if strip else (1.0,))
    axes: dict[str, list[Axes]] = {}
    for case, title, (upper, *lower) in zip(cases, titles, places, strict=True):
        first = next(iter(axes.values()), None)
        stack = [figure.add_subplot(upper, **_shared(first, 0, own_x=own_x))]
        if lower:
            stack.append(figure.add_subplot(lower[0], **{**_shared(first, 1, own_x=True), "sharex": stack[0]}))
        stack[0].set_title(escape(title))
        axes[case] = stack
        _keep_outer_labels(stack, last=own_x or len(set(rows)) > 1 or len(axes) > len(cases) - rows[-1])
    return figure, axes


def _shared(first: list[Axes] | None, layer: int, *, own_x: bool) -> dict[str, Axes]:
    if first is None:
        return {}
    return {"sharey": first[layer]} if own_x else {"sharex": first[0], "sharey": first[layer]}


def _keep_outer_labels(stack: list[Axes], *, last: bool) -> None:
    for layer, axis in enumerate(stack):
        left, bottom = leftmost(axis), last and layer == len(stack) - 1
        axis.tick_params(which="both", labelleft=left, labelbottom=bottom)


def leftmost(panel: Axes) -> bool:
    """Whether a panel is the first of its row."""
    place = panel.get_subplotspec()
    return place is not None and place.is_first_col()


def rightmost(panel: Axes) -> bool:
    """Whether a panel is the last of its row."""
    place = panel.get_subplotspec()
    if place is None or panel.figure is None:
        return False
    others = (other.get_subplotspec() for other in panel.figure.axes)
    row = [other for other in others if other is not None and other.rowspan == place.rowspan]
    return place.colspan.stop == max(other.colspan.stop for other in row)


def label_outer(figure: Figure, axes: dict[str, list[Axes]], *, x: str, y: str, below: str = "") -> None:
    """Name the shared axes: the horizontal one for the figure, the vertical ones for every row."""
    figure.supxlabel(escape(x), fontsize=8.5, color=INK)
    letters = _letters_beside(figure, next(iter(axes.values()))[0])
    for upper, *lower in filter(lambda stack: leftmost(stack[0]), axes.values()):
        upper.set_ylabel("\n".join(wrapped(escape(line), letters) for line in y.split("\n")))
        for panel in lower:
            panel.set_ylabel(escape(below), color=MUTED)


def _letters_beside(figure: Figure, panel: Axes) -> int:
    """Letters of a line beside a panel that do not reach beyond the row of the panel."""
    place = panel.get_subplotspec()
    if place is None:
        return LABEL
    ratios = np.asarray(place.get_gridspec().get_height_ratios(), dtype=float)
    inches = figure.get_figheight() * float(ratios[place.rowspan.start] / ratios.sum()) - ABOVE
    return max(12, min(LABEL, int(inches / LETTER)))


def legend_columns(figure: Figure, inches: float) -> int:
    """How many legend entries of a length find room beside one another."""
    return max(1, int(figure.get_figwidth() // inches))


def staggered(points: int, place: int, sizes: int) -> tuple[int, int]:
    """First point with a mark, and the points from one mark to the next, of one size among several.

    Every size marks other points than its neighbours, so that coinciding curves show all their marks.
    """
    stride = max(2 if points > 8 and sizes > 1 else 1, points // 14)
    return place % stride, stride


def message(text: str) -> Figure:
    """A figure that says why there is nothing to see."""
    with style():
        width = min(4.8, current().alone)
        lines = wrapped(text, round(12.5 * width))
        figure = Figure(figsize=(width, 0.9 + LINE * lines.count("\n")), layout="constrained")
        figure.text(0.5, 0.5, escape(lines), ha="center", va="center", color=MUTED)
    return figure
