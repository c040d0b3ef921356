"""Negative numbers on an axis of sizes: a bar within the mark."""

from matplotlib.axes import Axes
from pandas import DataFrame

from spectra.report.titles import column_title
from spectra.report.words import counted

BAR = "Bars within marks"
"""What a caption calls them."""


def mark_negative(panel: Axes, rows: DataFrame, *, x: str, y: str, size: float, color: str) -> None:
    """Put a bar into the marks of all rows with a negative gap.

    Args:
        panel: Where the marks are.
        rows: With the columns gap, x and y.
        x: Column of the horizontal axis.
        y: Column of the vertical one.
        size: Length of a bar, in points.
        color: Of the bars.
    """
    below = rows[rows["gap"] < 0]
    if len(below):
        panel.plot(
            below[x], below[y], "_", color=color, markersize=size, markeredgewidth=1.0, zorder=3, label="negative"
        )


def sign_words(rows: DataFrame, scale: str) -> str:
    """What the bars are, with how many there are; empty without any."""
    below = int((rows["gap"] < 0).sum()) if len(rows) else 0
    if not below:
        return ""
    gaps = counted(below, "gap")
    return (
        f"{BAR}: {gaps} of negative sign, from a value below that of infinite {column_title(scale)}; the size is drawn."
    )
