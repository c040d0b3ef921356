"""JSON: one object per line, a list of objects, an object of lists, or the state of a Hugging Face trainer."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from spectra.fitting.saved.json_text import json_document, once
from spectra.fitting.saved.source import BATCH_ROWS, Batch, Source
from spectra.fitting.saved.text_blocks import text_blocks

# The list of rows inside the state that a Hugging Face trainer saves.
TRAINER_ROWS = "log_history"
# Objects within objects whose numbers become columns; what lies deeper is no measurement.
DEPTH = 32

Row = Mapping[str, object]


def json_rows(path: Path) -> Source:
    """Rows of a JSON file; an object inside a row gives columns such as "train.loss".

    A file of lines is read line by line, once for the names of its columns; any other is read as a whole.

    Raises:
        ValueError: If it is no JSON, holds no rows, or gives a column of a row twice; names the line.
    """
    whole = _whole_document(path)
    if whole is None:
        lines = partial(_lines, path)
        names = _names(row for _, row in lines({}))
        return Source(path, (path,), "line", names, partial(_batches, lines))
    rows = list(_entries(path, whole))
    names = _names(row for _, row in rows)
    return Source(path, (path,), "entry", names, partial(_batches, lambda _: iter(rows)))


def holds_rows(path: Path) -> bool:
    """Whether a file could hold rows: its document is a list, or a trainer's state; not any other object."""
    with path.open("rb") as file:
        return path.name == "trainer_state.json" or file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["


def _whole_document(path: Path) -> object:
    """The document, if the file is one and not a document per line; None otherwise."""
    first = next(
        (line for block in text_blocks(path, quotes=False) for line in block.text.split("\n") if line.strip()), ""
    )
    if not first:
        raise ValueError(f"{path} is empty; a curve needs rows of numbers")
    try:
        row = json_document(first)
        if isinstance(row, dict) and TRAINER_ROWS not in row and not _all_lists(row):
            return None
    except json.JSONDecodeError:
        pass  # the document goes on below its first line
    except ValueError:
        return None  # its first line cannot be read, whatever follows
    text = "".join(block.text for block in text_blocks(path, quotes=False))
    try:
        return json_document(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{path}, line {error.lineno} is no JSON ({error.msg}); the file may be cut off: repair it, or write one "
            "object per line; of lines that a program printed, write the numbers as a table, such as step,loss"
        ) from None
    except ValueError as error:
        raise ValueError(
            f"{path} is no JSON that can be read ({error}); repair it, or write one object per line"
        ) from None


def _all_lists(document: object) -> bool:
    return isinstance(document, dict) and bool(document) and all(isinstance(part, list) for part in document.values())


def _rows_of(path: Path, document: object) -> list[Row]:
    if isinstance(document, dict) and isinstance(document.get(TRAINER_ROWS), list):
        document = document[TRAINER_ROWS]
    if isinstance(document, list) and document and all(isinstance(row, dict) for row in document):
        return document
    if isinstance(document, dict) and _all_lists(document):
        if len({len(column) for column in document.values()}) == 1:
            return [dict(zip(document, cells, strict=True)) for cells in zip(*document.values(), strict=True)]
        raise ValueError(f"{path} holds lists of different lengths; write null where a row has no number")
    raise ValueError(
        f"{path} holds no rows; write a list of objects such as {{'step': 1, 'loss': 2.5}}, one object per line, or an "
        "object of lists of equal length"
    )


def _entries(path: Path, document: object) -> Iterator[tuple[int, Row]]:
    """Every row of a document with its number, from 1."""
    for place, row in enumerate(_rows_of(path, document), start=1):
        try:
            yield place, _flat(row)
        except ValueError as error:
            raise ValueError(f"{path}, entry {place}: {error}") from None


def _lines(path: Path, passed_over: dict[str, list[int]]) -> Iterator[tuple[int, Row]]:
    """Every line that holds an object; what is passed over goes into the dictionary."""
    for block in text_blocks(path, quotes=False):
        lines = block.text.split("\n")
        for number, line in enumerate(lines, start=block.first_line):
            if not line.strip():
                if number < block.first_line + len(lines) - 1:
                    passed_over.setdefault("blank lines", []).append(number)
                continue
            try:
                row = json_document(line)
                cells = _flat(row) if isinstance(row, dict) else {}
            except ValueError as error:
                cut_off = block.last and number == block.first_line + len(lines) - 1
                if cut_off and isinstance(error, json.JSONDecodeError):
                    passed_over["a last line that is cut off"] = [number]
                    return
                raise ValueError(
                    f"{path}, line {number} is no JSON that can be read ({error}); each line holds one object: repair "
                    "or delete it"
                ) from None
            if not isinstance(row, dict):
                raise ValueError(
                    f"{path}, line {number} holds {line.strip()[:40]!r}, which is no JSON object; write one such as "
                    '{"step": 1, "loss": 2.5} on every line'
                )
            yield number, cells


def _flat(row: Row) -> Row:
    """Cells of a row by column; an object inside becomes columns that begin with its name."""
    return once(list(_cells(row, "", 1)))


def _cells(row: Row, prefix: str, depth: int) -> Iterator[tuple[str, object]]:
    for name, cell in row.items():
        if isinstance(cell, dict) and depth < DEPTH:
            yield from _cells(cell, f"{prefix}{name}.", depth + 1)
        else:
            yield prefix + name, cell


def _names(rows: Iterator[Row]) -> tuple[str, ...]:
    """Columns that hold a number or text in some row, in the order of appearance."""
    return tuple(
        dict.fromkeys(name for row in rows for name, cell in row.items() if isinstance(cell, int | float | str))
    )


def _batches(rows: Any, names: Collection[str], labels: Collection[str] = ()) -> Iterator[Batch]:
    asked = (*names, *labels)
    passed_over: dict[str, list[int]] = {}
    following = rows(passed_over)
    while some := list(islice(following, BATCH_ROWS)):
        places = np.array([place for place, _ in some], dtype=np.int64)
        columns: dict[str, Sequence[object]] = {name: [row.get(name) for _, row in some] for name in asked}
        yield Batch(places, columns, dict(passed_over))
        passed_over.clear()
    yield Batch(np.empty(0, dtype=np.int64), {name: [] for name in asked}, passed_over)
