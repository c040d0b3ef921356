"""A table as a page shows it: text only, already in words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sheet:
    """Caption, column heads and rows; the first cell of a row is its head.

    Attributes:
        caption: What the table holds, with units.
        columns: Heads of the columns.
        rows: Cells as text, one tuple per row. A `Cell` keeps its values for those who save the table.
        last: Rows that end the table whatever the order of the others: a total, or how many more there are.
        unlike: Whether rows are of different kinds, such as settings with their values: then no order makes sense.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    last: tuple[tuple[str, ...], ...] = ()
    unlike: bool = False
