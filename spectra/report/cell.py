"""Text in a cell of a table on a page that still knows the numbers which it tells."""

import math
from collections.abc import Mapping

Value = float | str
"""A number with all its digits, or a text that is told in short."""


class Cell(str):
    """A text, with the values that it tells by what each is of the cell: "value" for the one by which rows are ordered.

    Attributes:
        values: One entry for every value. Its key is one lower-case word.
    """

    __slots__ = ("values",)
    values: Mapping[str, Value]

    def __new__(cls, text: str, values: Mapping[str, Value]) -> "Cell":
        """A cell with a text and its values."""
        made = super().__new__(cls, text)
        made.values = values
        return made

    @property
    def attributes(self) -> dict[str, str]:
        """Values as texts: numbers with all digits, `inf` and `-inf`, and nothing for one that is not known."""
        return {f"data-{key}": plain(value) for key, value in self.values.items()}


def plain(value: Value) -> str:
    """A value as a program reads it back: whole numbers without a point, nothing for not-a-number."""
    if isinstance(value, str):
        return value
    if math.isnan(value):
        return ""
    return str(int(value)) if float(value).is_integer() and abs(value) < 2**53 else repr(float(value))
