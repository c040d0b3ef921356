"""A table as a page shows it: text only, already in words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sheet:
    """Caption, column heads and rows; the first cell of a row is its head.

    Attributes:
        caption: What the table holds, with units.
        columns: Heads of the columns.
        rows: Cells as text, one tuple per row.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
