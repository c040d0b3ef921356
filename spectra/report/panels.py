"""One panel per case, side by side on shared axes, with one legend for the whole figure."""

import textwrap
import unicodedata
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spectra.report.style import (
    INK,
    MUTED,
    escape,
    size_colors,
    size_line_widths,
    size_marker_sizes,
    size_markers,
    style,
)
from spectra.report.words import clean, number

FULL_WIDTH = 6.9  # inches: the text width of a two-column page
NARROW = 5.2  # inches: one panel alone
LINE = 0.16  # inches that one more line of a title takes


def arrangement(count: int) -> tuple[int, int]:
    """Rows and columns for a number of panels: at most three beside one another, four as a square."""
    columns = {1: 1, 2: 2, 4: 2}.get(count, 3)
    return -(-count // columns), columns


def wrapped(text: str, letters: int) -> str:
    """Text in lines of at most so many letters; wide letters count twice."""
    text = clean(text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    letters = max(8, letters * len(text) // max(len(text) + wide, 1))
    return "\n".join(textwrap.wrap(text, letters)) or " "


def panels(cases: Sequence[str], *, height: float, strip: float = 0.0) -> tuple[Figure, dict[str, list[Axes]]]:
    """An empty figure with one titled panel per case.

    Args:
        cases: Titles of the cases, in reading order.
        height: Height of a row of panels in inches, its title's first line included.
        strip: Height of a second, lower panel under each panel as a share of the upper one; 0 for none.

    Returns:
        The figure and, per case, its panel (and its lower panel). All panels share the horizontal axis, all upper
        ones the vertical one, and all lower ones theirs.
    """
    rows, columns = arrangement(len(cases))
    titles = [wrapped(case, {1: 52, 2: 40, 3: 25}[columns]) for case in cases]
    extra = LINE * max(title.count("\n") for title in titles)
    width = NARROW if columns == 1 else FULL_WIDTH
    figure = Figure(figsize=(width, rows * (height * (1 + strip) + extra) + 0.35), layout="constrained")
    layers = 2 if strip else 1
    grid = figure.add_gridspec(rows * layers, columns, height_ratios=[1, strip][:layers] * rows)
    axes: dict[str, list[Axes]] = {}
    for place, (case, title) in enumerate(zip(cases, titles, strict=True)):
        first = next(iter(axes.values()), None)
        stack = [figure.add_subplot(grid[place // columns * layers, place % columns], **_shared(first, 0))]
        if strip:
            below = {**_shared(first, 1), "sharex": stack[0]}
            stack.append(figure.add_subplot(grid[place // columns * layers + 1, place % columns], **below))
        stack[0].set_title(escape(title))
        axes[case] = stack
        _keep_outer_labels(stack, first=place % columns == 0, last=place + columns >= len(cases))
    return figure, axes


def _shared(first: list[Axes] | None, layer: int) -> dict[str, Axes]:
    return {} if first is None else {"sharex": first[0], "sharey": first[layer]}


def _keep_outer_labels(stack: list[Axes], *, first: bool, last: bool) -> None:
    for layer, axis in enumerate(stack):
        axis.tick_params(labelleft=first, labelbottom=last and layer == len(stack) - 1)


def label_outer(figure: Figure, axes: dict[str, list[Axes]], *, x: str, y: str) -> None:
    """Name the shared axes once for the whole figure."""
    figure.supxlabel(escape(x), fontsize=8.5, color=INK)
    next(iter(axes.values()))[0].set_ylabel(escape(y))


def legend_columns(figure: Figure, inches: float) -> int:
    """How many legend entries of a length find room beside one another."""
    return max(1, int(figure.get_figwidth() // inches))


def size_legend(figure: Figure, scale: str, sizes: Sequence[float]) -> None:
    """One legend above all panels, sizes in order."""
    if not sizes:
        return
    colors, markers = size_colors(sizes), size_markers(sizes)
    widths, dots = size_line_widths(sizes), size_marker_sizes(sizes)
    handles = [
        Line2D(
            [],
            [],
            color=colors[size],
            marker=markers[size],
            markeredgecolor="white",
            linewidth=widths[size],
            markersize=dots[size],
            label=number(size, 6),
        )
        for size in sorted(sizes)
    ]
    handles[0].set_label(f"{escape(scale)} {handles[0].get_label()}")
    figure.legend(
        handles=handles,
        loc="outside upper center",
        ncols=min(len(handles), legend_columns(figure, 0.8)),
        columnspacing=1.4,
    )


def message(text: str) -> Figure:
    """A figure that says why there is nothing to see."""
    with style():
        lines = wrapped(text, 60)
        figure = Figure(figsize=(4.8, 0.9 + LINE * lines.count("\n")), layout="constrained")
        figure.text(0.5, 0.5, escape(lines), ha="center", va="center", color=MUTED)
    return figure
