"""The sizes that a figure shows of all those of a page, named above its panels."""

from collections.abc import Iterable, Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from pandas import DataFrame

from spectra.report.panels import legend_columns
from spectra.report.style import MUTED, escape, size_colors, size_line_widths, size_look
from spectra.report.titles import column_title
from spectra.report.words import number

DASHED = (0, (5, 3))


def all_sizes(table: DataFrame, scale: str, sizes: Sequence[float]) -> list[float]:
    """Sizes by which colours are given: those of the page, or of the table where none are named."""
    return sorted({*sizes, *table[scale].unique().tolist()})


def end_sizes(table: DataFrame, scale: str) -> list[float]:
    """The smallest and the largest size of a table: what differs between sizes differs most between these."""
    found = sorted(table[scale].unique().tolist())
    return list(dict.fromkeys([found[0], found[-1]]))


def size_handles(scale: str, shown: Sequence[float], sizes: Sequence[float]) -> list[Line2D]:
    """A line of a legend for each size that is shown, in the colour that it has among all."""
    colors, widths = size_colors(sizes), size_line_widths(sizes)
    return [
        Line2D(
            [], [], color=colors[size], linewidth=widths[size], label=f"{escape(column_title(scale))} {number(size, 6)}"
        )
        for size in shown
    ]


def marked_handles(scale: str, shown: Iterable[float], sizes: Sequence[float]) -> list[Line2D]:
    """A line with its mark for each size that is shown, in order; the first bears the name of the scale.

    Args:
        scale: Column that grows.
        shown: Sizes of the figure.
        sizes: All sizes of the page, by which colours, marks and widths are given.
    """
    handles = [Line2D([], [], **size_look(size, sizes), label=number(size, 6)) for size in sorted(shown)]
    for first in handles[:1]:
        first.set_label(f"{escape(column_title(scale))} {first.get_label()}")
    return handles


def size_legend(figure: Figure, scale: str, shown: Iterable[float], sizes: Sequence[float]) -> None:
    """One legend above all panels: the sizes that are shown, in order; none without sizes."""
    handles = marked_handles(scale, shown, sizes)
    if handles:
        legend_of(figure, handles, inches=0.8)


def limit_handles(table: DataFrame) -> list[Line2D]:
    """A dashed line of a legend for the stability limit, with its value if all cases have one; none without limits."""
    limits = sorted(table["limit"].dropna().unique().tolist())
    named = f"stability limit {number(limits[0])}" if len(limits) == 1 else "stability limit"
    return [Line2D([], [], color=MUTED, linestyle=DASHED, linewidth=1.0, label=named)] if limits else []


def legend_of(figure: Figure, handles: Sequence[Line2D], *, inches: float = 1.4) -> None:
    """A legend above all panels, to be read line by line.

    Args:
        figure: Where to.
        handles: Its entries.
        inches: Room that the longest takes.
    """
    lines = -(-len(handles) // legend_columns(figure, inches))
    columns = -(-len(handles) // lines)
    # Matplotlib fills one column after the other.
    ordered = [handle for column in range(columns) for handle in handles[column::columns]]
    figure.legend(handles=ordered, loc="outside upper center", ncols=columns, columnspacing=1.4)
