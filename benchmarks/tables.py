"""Markdown tables whose cells hold a cost, the products spent and the true error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True)
class Cell:
    """One measurement: `cost (products; error)`, or why there is none."""

    cost: float = 0.0  # in gradients
    products: float | None = None
    error: float | None = None  # true, relative
    limit: float = float("inf")  # errors above it are printed bold
    claim: str = ""  # what the library itself says about its error
    instead: str = ""  # why there is no measurement

    def __str__(self) -> str:
        if self.instead:
            return self.instead.replace("|", "/")[:90]
        cost = f"{self.cost:.2f}" if self.cost < 10 else f"{self.cost:.0f}"
        products = "" if self.products is None else f"{self.products:.0f} products"
        return f"{cost} ({'; '.join(filter(None, [products, self._error(), self.claim]))})"

    def _error(self) -> str:
        if self.error is None:
            return ""
        text = f"{self.error:.0e}".replace("e-0", "e-").replace("e+0", "e+") if isfinite(self.error) else "undefined"
        return text if self.error <= self.limit else f"**{text}**"


def table(first: str, columns: Mapping[str, Mapping[str, Cell]]) -> str:
    """A table with one column for each mapping and one row for each key that any of them has."""
    rows = list(dict.fromkeys(row for cells in columns.values() for row in cells))
    lines = [[first, *columns], ["---"] * (1 + len(columns))]
    lines += [[row, *(str(cells[row]) if row in cells else "" for cells in columns.values())] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
