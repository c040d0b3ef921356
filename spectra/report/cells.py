"""Cells of a table that tell several values at once."""

from spectra.report.cell import Cell, plain
from spectra.report.words import listing, number, whole


def extent(low: float, high: float, digits: int = 3) -> Cell:
    """An interval of what has no sign to tell, `low to high`."""
    return Cell(f"{number(low, digits)} to {number(high, digits)}", {"low": low, "high": high})


def share(part: float, all_of: float) -> Cell:
    """A count among a larger one: `3 of 4`."""
    return Cell(f"{whole(part)} of {whole(all_of)}", {"value": part, "of": all_of})


def entire(values: list[str], limit: int = 12) -> Cell:
    """A listing that keeps all its values for those who save a table."""
    whole_texts = [plain(each.values["value"]) if isinstance(each, Cell) else each for each in values]
    return Cell(listing(values, limit), {"value": ", ".join(whole_texts)})
