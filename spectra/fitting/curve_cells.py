"""Cells of a saved curve: which text is a positive number, and what is wrong with the rest."""

from collections.abc import Sequence
from math import isfinite, nan

# Line numbers shown for one kind of problem.
SHOWN_LINES = 5


def number_of(cell: str) -> float:
    """The number that a cell holds; nan for anything else.

    Underscores, which Python accepts inside numbers, are refused: in a file they are a fault.
    """
    try:
        return nan if "_" in cell else float(cell)
    except ValueError:
        return nan


def problems_of(cells: Sequence[str], lines: Sequence[int]) -> str:
    """What keeps cells from being positive finite numbers, by kind with line numbers; empty when nothing does."""
    found: dict[str, list[tuple[int, str]]] = {}
    for cell, line in zip(cells, lines, strict=True):
        kind = _problem(cell.strip())
        if kind:
            found.setdefault(kind, []).append((line, cell.strip()))
    return "; ".join(_sentence(kind, places) for kind, places in found.items())


def _problem(cell: str) -> str:
    value = number_of(cell)
    if value > 0 and isfinite(value):
        return ""
    if not cell:
        return "empty cells"
    if cell.lower().lstrip("+-") in ("nan", "inf", "infinity") or value in (float("inf"), float("-inf")):
        return "not finite"
    if value == 0:
        return "zero"
    if value < 0:
        return "negative"
    if cell.count(",") == 1 and number_of(cell.replace(",", ".")) == number_of(cell.replace(",", ".")):
        return "a decimal comma (write 0.5, not 0,5)"
    return "not a number"


def _sentence(kind: str, places: Sequence[tuple[int, str]]) -> str:
    shown = ", ".join(str(line) for line, _ in places[:SHOWN_LINES])
    more = f" and {len(places) - SHOWN_LINES} more" if len(places) > SHOWN_LINES else ""
    example = f" (first: {places[0][1][:40]!r})" if places[0][1] else ""
    return f"{kind} at line{'s' if len(places) > 1 else ''} {shown}{more}{example}"
