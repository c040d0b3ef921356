"""One panel for a fit: its title in lines that fit, and its legend above it."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spectra.report.panels import LINE, figure_width, legend_columns, line_letters, wrapped
from spectra.report.style import escape

LETTERS = 48
"""Of a line of the title above one panel."""
LETTER, MARK = 0.06, 0.45
"""Inches that a letter of a legend takes, and a mark with the space around it."""


def fit_panel(name: str, height: float, *, x: str) -> tuple[Figure, Axes]:
    """An empty panel, higher by the lines of its title.

    Args:
        name: Of the curve.
        height: Inches, the first line of the title included.
        x: Name of the horizontal axis.
    """
    title = wrapped(name, line_letters(LETTERS, 1))
    figure = Figure(figsize=(figure_width(1), height + LINE * title.count("\n")), layout="constrained")
    axes = figure.subplots()
    axes.set_title(escape(title))
    axes.set_xlabel(escape(x))
    return figure, axes


def legend_above(figure: Figure, axes: Axes, *, most: int | None = None) -> None:
    """What is drawn, above all panels and on space of its own: within one there is no place that data never take.

    Args:
        figure: The figure, which grows by the lines of the legend.
        axes: The panel whose content is named.
        most: Entries at most; None for all.
    """
    handles, labels = axes.get_legend_handles_labels()
    handles, labels = handles[:most], labels[:most]
    columns = min(len(labels), legend_columns(figure, LETTER * max(map(len, labels)) + MARK))
    figure.set_figheight(figure.get_figheight() + LINE * -(-len(labels) // columns))
    figure.legend(handles, labels, loc="outside upper center", ncols=columns, columnspacing=1.4)
