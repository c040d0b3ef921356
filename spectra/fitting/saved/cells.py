"""Cells of a saved curve: which of them are numbers, which are empty, and what the rest looks like."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from spectra.fitting.saved.source import Cells


@dataclass(frozen=True)
class Numbers:
    """The numbers of some cells."""

    values: NDArray[np.float64]  # (n,), nan where there is none
    empty: NDArray[np.bool_]  # (n,), cells that hold nothing
    strange: tuple[int, ...]  # positions of cells that hold something else than a number

    def strange_among(self, rows: NDArray[np.int64]) -> list[int]:
        """Which of some rows hold something else than a number."""
        return sorted(set(self.strange) & set(rows.tolist())) if self.strange else []


def numbers(cells: Cells) -> Numbers:
    """Read cells as numbers; text may be a decimal number, nan or inf."""
    if isinstance(cells, np.ndarray):
        return Numbers(cells, np.zeros(len(cells), dtype=np.bool_), ())
    holds_nothing = (cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells)
    empty = np.fromiter(holds_nothing, dtype=np.bool_, count=len(cells))
    filled = np.flatnonzero(~empty).tolist()
    held = [cells[row] for row in filled]
    plain = _all_plain(held)
    values = np.full(len(cells), nan)
    values[filled] = [number_of(cell) for cell in held] if plain is None else plain
    doubtful = filled if plain is None else []
    return Numbers(values, empty, tuple(row for row in doubtful if isnan(values[row]) and not _says_nan(cells[row])))


def number_of(cell: object) -> float:
    """The number that a cell holds; nan for anything else.

    Underscores, which Python accepts inside numbers, are refused: in a file they are a fault. So are true and false.
    """
    if isinstance(cell, str):
        if "_" in cell or not cell.isascii():
            return nan
    elif cell is None or isinstance(cell, bool):
        return nan
    try:
        return float(cell)  # type: ignore[arg-type]  # whatever float refuses is no number
    except OverflowError:  # an integer beyond the range of floating point
        return float("inf")
    except (TypeError, ValueError):
        return nan


def kind_of(cell: object) -> str:
    """What a cell that is no finite number looks like."""
    text = str(cell)
    if np.isinf(number_of(cell)):
        return "not finite"
    if text.count(",") == 1 and not np.isnan(number_of(text.replace(",", "."))):
        return "a comma within a number (write 0.5 for one half, and 1193 for thousands)"
    return "not a number"


def _all_plain(cells: Sequence[object]) -> NDArray[np.float64] | None:
    """All cells as numbers if they are numbers, or text that says plain numbers; None otherwise."""
    kinds = set(map(type, cells))
    try:
        if kinds == {str}:
            text = "".join(cells)  # type: ignore[arg-type]  # they are text, as the line above says
            return None if "_" in text or not text.isascii() else np.array([*map(float, cells)])  # type: ignore[arg-type]
        return np.array(cells, dtype=np.float64) if kinds <= {int, float} else None
    except (OverflowError, ValueError):
        return None


def _says_nan(cell: object) -> bool:
    if isinstance(cell, str):
        return cell.strip().lower().lstrip("+-") == "nan"
    return not isinstance(cell, bool) and isinstance(cell, float)
