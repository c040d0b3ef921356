"""A figure's table as curves that answer to the pointer: which column is what."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """A dashed horizontal line.

    Attributes:
        height: Where it is, on the axis of the values.
        name: What stands at it; may be empty.
        panel: Title of the one panel that has it; None for all.
    """

    height: float
    name: str = ""
    panel: str | None = None


@dataclass(frozen=True)
class Chart:
    """How a table of a figure is shown where scripts run. It says nothing that the figure does not.

    Rows of one panel and one line are one curve. Rows whose x or y is no finite number are not drawn.

    Attributes:
        table: Name of the table, among those of the exhibit.
        x: Column of the horizontal axis.
        y: Column of the values.
        line: Columns that tell the lines of a panel apart; none: there is one line.
        panel: Columns that tell panels apart.
        band: Columns of the lower and the upper end of a band; both must be there, or neither is drawn.
        log: Axes that are logarithmic at first: "", "x", "y" or "xy". The reader may switch them.
        sizes: All sizes of the page, if the first column of `line` is the size: it has the colour that it has in every
            figure. Lines of one size grow thinner.
        single: Column that names a single run; where it is not empty, the run is a thin line of its own.
        beside: Further columns of values, each a dashed line beside the last line of a panel.
        levels: Dashed horizontal lines.
        x_title: Name of the horizontal axis; empty: that of its column.
        y_title: Name of the vertical axis; empty: that of its column.
    """

    table: str
    x: str
    y: str
    line: Sequence[str] = ()
    panel: Sequence[str] = ("case",)
    band: tuple[str, str] | None = ("low", "high")
    log: str = ""
    sizes: Sequence[float] = ()
    single: str = ""
    beside: Sequence[str] = ()
    levels: Sequence[Level] = ()
    x_title: str = ""
    y_title: str = ""
