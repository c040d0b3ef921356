"""Cells of a table that tell several values at once."""

from math import isnan

from spectra.report.cell import Cell, plain
from spectra.report.words import listing, number, whole


def extent(low: float, high: float, digits: int = 3) -> Cell:
    """An interval of what has no sign to tell, `low to high`; `–` if it is not known."""
    known = not (isnan(low) and isnan(high))
    return Cell(f"{number(low, digits)} to {number(high, digits)}" if known else "–", {"low": low, "high": high})


def bracketed(interval: str) -> str:
    """An interval behind its estimate, such as " [1 to 2]"; nothing if it is not known."""
    return "" if interval == "–" else f" [{interval}]"


def share(part: float, all_of: float) -> Cell:
    """A count among a larger one: `3 of 4`."""
    return Cell(f"{whole(part)} of {whole(all_of)}", {"value": part, "of": all_of})


def entire(values: list[str], limit: int = 12) -> Cell:
    """A listing that keeps all its values for those who save a table."""
    whole_texts = [plain(each.values["value"]) if isinstance(each, Cell) else each for each in values]
    return Cell(listing(values, limit), {"value": ", ".join(whole_texts)})
