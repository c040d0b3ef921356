"""A figure that one table determines: which file of a page has that table, and which columns it needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from pandas import DataFrame


@dataclass(frozen=True)
class TableFigure:
    """Draws a figure from a table that fits it.

    Attributes:
        draw: Makes the figure; its docstring says what every column is.
        file: Which CSV of a page holds such a table, in its folder figures/.
        columns: That the table must have.
        sized: Whether it must have the column that grows besides.
    """

    draw: Callable[..., Figure]
    file: str
    columns: tuple[str, ...]
    sized: bool = True

    def __call__(
        self, table: DataFrame, *, scale: str = "width", sizes: Sequence[float] = (), **options: Any
    ) -> Figure:
        """Draw the figure.

        Args:
            table: With at least `columns`; a table without any row gives a figure that says so.
            scale: Column that grows.
            sizes: All sizes of the page, by which colours are given; those of the table where empty.
            options: What else `draw` takes.

        Raises:
            TypeError: If it is no table.
            ValueError: If the table lacks a column.
        """
        if not isinstance(table, DataFrame):
            raise TypeError(f"a {type(table).__name__} was given; read the table first: pandas.read_csv({table!r})")
        needed = self._needed(scale)
        missing = [name for name in needed if name not in table]
        if missing and len(table.columns):
            raise ValueError(
                f"the table lacks {', '.join(missing)}; this figure is drawn from {self.file}, which has "
                f"{', '.join(needed)}; the table that was given has {', '.join(map(str, table.columns))}: read that "
                f"file{', and name the column that grows with scale=' if scale in missing else ''}"
            )
        return self.draw(table, scale=scale, sizes=sizes, **options)

    def __repr__(self) -> str:
        """Its file and the columns that it needs."""
        return f"from {self.file}: {', '.join(self._needed('the scale'))}"

    def _needed(self, scale: str) -> tuple[str, ...]:
        return (*self.columns[:1], *([scale] if self.sized else []), *self.columns[1:])


class TableFigures(dict[str, TableFigure]):
    """Figures by their names; a name that is not there is told with those that are."""

    def __missing__(self, name: str) -> TableFigure:
        """Say which figures there are.

        Raises:
            KeyError: Always.
        """
        listed = ", ".join(f"{key!r} ({figure.file})" for key, figure in self.items())
        raise KeyError(f"no figure {name!r}; there are {listed}")

    def __repr__(self) -> str:
        """One line for each figure."""
        return "\n".join(f"{name!r} {figure!r}" for name, figure in self.items())
