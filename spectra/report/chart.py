"""A figure's table as curves that answer to the pointer: which column is what."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from spectra.plain_text import clean
from spectra.report.titles import column_title
from spectra.verdicts.verdict import capital


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
    """How a table of a figure is shown where scripts run.

    Rows of one panel and one line are one curve. Rows whose x or y is no finite number are not drawn.

    Attributes:
        table: Name of the table, among those of the exhibit.
        x: Column of the horizontal axis.
        y: Column of the values.
        line: Columns that tell the lines of a panel apart; none: there is one line.
        panel: Columns that tell panels apart.
        band: Columns of the lower and the upper end of a band; both must be there, or neither is drawn.
        log: Axes that are logarithmic at first: "", "x", "y" or "xy". The reader may switch them.
        linear: Per axis, "x" or "y", the number up to which a logarithmic axis is linear, so that it holds zero and
            what is negative. An axis x that has to hold zero is linear up to its smallest positive number.
        sizes: All sizes of the page, if the first column of `line` is the size: it has the colour that it has in every
            figure. Lines of one size grow thinner.
        names: Titles of the entries of `line`, if it is one column: the colours go by their order.
        single: Column that names a single run; where it is not empty, the run is a thin line of its own.
        seeds: Name of a further table with the same columns x, y, `line` and `panel`: the single runs behind the lines,
            told apart by their column run. A switch shows them. Empty: there are none.
        beside: Further columns of values, each a dashed line beside the last line of a panel.
        levels: Dashed horizontal lines.
        x_title: Name of the horizontal axis; empty: that of its column.
        y_title: Name of the vertical axis; empty: that of its column.
        note: What the lines and bands are, in sentences.
    """

    table: str
    x: str
    y: str
    line: Sequence[str] = ()
    panel: Sequence[str] = ("case",)
    band: tuple[str, str] | None = ("low", "high")
    log: str = ""
    linear: Mapping[str, float] = field(default_factory=dict)
    sizes: Sequence[float] = ()
    names: Mapping[Hashable, str] = field(default_factory=dict)
    single: str = ""
    seeds: str = ""
    beside: Sequence[str] = ()
    levels: Sequence[Level] = ()
    x_title: str = ""
    y_title: str = ""
    note: str = ""

    @property
    def caption(self) -> str:
        """What stands below it."""
        x, y = (title or column_title(name) for title, name in ((self.x_title, self.x), (self.y_title, self.y)))
        kinds = " and ".join(map(column_title, self.line)) + (" value" if self.names else "")
        lines = f", one line for each {kinds}" if self.line else ""
        return " ".join(filter(None, [f"{capital(clean(y))} against {clean(x)}{lines}.", self.note]))

    def renamed(self, ending: str) -> "Chart":
        """The chart of the same tables, whose names have got an ending."""
        return replace(self, table=f"{self.table}{ending}", seeds=self.seeds and f"{self.seeds}{ending}")
