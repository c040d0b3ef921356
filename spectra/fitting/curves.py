"""Read a saved curve from a CSV file, with errors that say where and what to do."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectra.fitting.curve_cells import number_of, problems_of

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
FEWEST_POINTS = 2


@dataclass(frozen=True)
class Curve:
    """Two columns of a file, sorted by x."""

    path: Path
    x_name: str
    y_name: str
    x: NDArray[np.float64]  # (n,), ascending, positive
    y: NDArray[np.float64]  # (n,), positive
    notes: tuple[str, ...]  # what was changed or is unusual, in whole sentences


def read_curve(path: str | Path, *, x: str, y: str) -> Curve:
    """Columns `x` and `y` of a CSV file with a header line, every cell a positive number.

    Nothing is guessed or dropped in silence: cells that are no positive number are an error that names their lines;
    columns separated by semicolons or tabs, blank lines, points at x = 0 (which are left out), an order that is not
    ascending and repeated x are notes.
    Lines are read one by one, not by pandas, because only then every message can name the true line of the file.

    Args:
        path: Text file, UTF-8.
        x: Name of the column of x, for example "step".
        y: Name of the column of y, for example "loss".

    Returns:
        The curve, sorted by x; points that share an x stay in the order of the file.

    Raises:
        ValueError: With file, line and column, what is possible and what to do.
    """
    path = Path(path)
    text = _text(path)
    rows, notes = _rows(path, text)
    names = [name.strip() for name in rows[0][1]]
    column = {name: _column(path, names, name) for name in (x, y)}
    start = [line for line, row in rows[1:] if len(row) == len(names) and number_of(row[column[x]]) == 0]
    if start:
        notes.append(f"A power law has no value at {x} = 0: left out {_times(len(start))} (first: line {start[0]}).")
    kept = [(line, row) for line, row in rows[1:] if line not in set(start)]
    lines, values = _values(path, kept, width=len(names), columns=column)
    if len(lines) < FEWEST_POINTS:
        raise ValueError(
            f"{path} has {len(lines)} rows of numbers below its header; a curve needs {FEWEST_POINTS} or more: check "
            "that the run wrote its measurements"
        )
    notes += _order_notes(values[x], lines, x)
    order = np.argsort(values[x], kind="stable")
    return Curve(path, x, y, values[x][order], values[y][order], tuple(notes))


def _text(path: Path) -> str:
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name the CSV file inside it")
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        siblings = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        near = get_close_matches(path.name, siblings, n=1)
        hint = f"did you mean {path.parent / near[0]}?" if near else "check the path"
        raise ValueError(f"there is no file {path}; {hint}") from None
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 text (byte {error.start}); if a spreadsheet wrote it, save it as CSV UTF-8"
        ) from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}; check its permissions") from None


def _rows(path: Path, text: str) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """Rows that are not blank with the number of their last line, header first, and notes about the layout."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[int, list[str]]] = []
    blank: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            (rows if any(cell.strip() for cell in row) else blank).append((reader.line_num, row))
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: {error}; check the quotation marks there") from None
    if not rows:
        raise ValueError(f"{path} is empty; a curve needs a header line and rows of numbers")
    notes = [] if separator == "," else [f"The columns of {path.name} are separated by {SEPARATORS[separator]}."]
    if blank:
        notes.append(f"Blank lines were passed over {_times(len(blank))} (first: line {blank[0][0]}).")
    return rows, notes


def _column(path: Path, names: Sequence[str], name: str) -> int:
    places = [place for place, present in enumerate(names) if present == name]
    if len(places) == 1:
        return places[0]
    if places:
        raise ValueError(f"{path} has {len(places)} columns named {name!r}; rename all but one in the header line")
    lowered = {present.lower(): present for present in names}
    near = get_close_matches(name.lower(), lowered, n=1)
    hint = f"did you mean {lowered[near[0]]!r}?" if near else "name one of these"
    raise ValueError(f"{path} has no column {name!r}; its columns are {', '.join(map(repr, names))}: {hint}")


def _values(
    path: Path, rows: Sequence[tuple[int, list[str]]], *, width: int, columns: dict[str, int]
) -> tuple[list[int], dict[str, NDArray[np.float64]]]:
    """Line numbers and the values of each column, all positive and finite."""
    for line, row in rows:
        if len(row) != width:
            raise ValueError(
                f"{path}, line {line} has {len(row)} cells where the header has {width}; the line may be cut off, or a "
                "cell holds the separator: repair or delete it"
            )
    lines = [line for line, _ in rows]
    values = {}
    for name, place in columns.items():
        cells = [row[place] for _, row in rows]
        problems = problems_of(cells, lines)
        if problems:
            raise ValueError(
                f"{path}, column {name!r}: {problems}. A power law is fitted to positive numbers: repair or delete "
                "these lines, and say so where you report the fit"
            )
        values[name] = np.array([number_of(cell) for cell in cells], dtype=np.float64)
    return lines, values


def _order_notes(x: NDArray[np.float64], lines: Sequence[int], name: str) -> list[str]:
    notes = []
    back = np.flatnonzero(np.diff(x) < 0)
    if back.size:
        notes.append(
            f"The points were sorted: {name} goes back {_times(back.size)} (first: line {lines[back[0] + 1]}). A run "
            "that was resumed may have written some steps twice."
        )
    _, first, counts = np.unique(x, return_index=True, return_counts=True)
    if (counts > 1).any():
        example = first[counts > 1][0]
        notes.append(
            f"All points were kept where {name} repeats, which it does {_times(int((counts - 1).sum()))} (first: "
            f"{x[example]:g}, line {lines[example]})."
        )
    return notes


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
