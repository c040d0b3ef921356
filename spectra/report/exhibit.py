"""One figure of a page with all that stands around it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from pandas import DataFrame

from spectra.plain_text import clean
from spectra.report.chart import Chart
from spectra.report.sheet import Sheet


@dataclass(frozen=True)
class Exhibit:
    """One figure of a page.

    Attributes:
        name: Of its files.
        heading: Title of its section.
        draw: Makes the figure.
        sentences: What it shows: quantity, unit, average, band, marks, and what is not in it. Empty ones are skipped.
        told: Its content with numbers, for a reader who cannot see it.
        sheets: Its numbers, for those who would rather read than measure a curve.
        tables: What it draws, by the names of their files.
        charts: How tables are shown as curves that answer to the pointer, from above down; none: they are not.
    """

    name: str
    heading: str
    draw: Callable[[], Figure]
    sentences: Sequence[str]
    told: Sequence[str]
    sheets: Sequence[Sheet]
    tables: dict[str, DataFrame]
    charts: Sequence[Chart] = ()

    @property
    def caption(self) -> str:
        """What stands below it."""
        return " ".join(sentence for sentence in self.sentences if sentence)

    @property
    def alternative(self) -> str:
        """What a reader hears who cannot see it."""
        return clean(" ".join([f"{self.heading}.", *(self.told or ["There is nothing to draw yet."])]))

    @property
    def blank(self) -> bool:
        """Whether no table has a row with a value that could be drawn: such a figure is not shown."""
        if not self.charts:
            return all(table.empty for table in self.tables.values())
        drawn = ((self.tables[chart.table], chart.y) for chart in self.charts)
        return all(table.empty or not table[y].notna().any() for table, y in drawn)

    def _repr_html_(self) -> str:
        from spectra.report.notebook_views import exhibit_html

        return exhibit_html(self)
