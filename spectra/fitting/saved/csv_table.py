"""Tables of text: a header line and rows of cells.

Blocks of full rows go through Arrow, all others row by row.
"""

from collections.abc import Collection, Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow

from spectra.fitting.saved.csv_layout import CsvLayout, csv_layout
from spectra.fitting.saved.source import Batch, Cells, Source
from spectra.fitting.saved.text_blocks import BLOCK_BYTES, TextBlock, text_blocks

# A row that is shorter than the header still holds an x and a y.
FEWEST_CELLS = 2


def csv_table(path: Path, *, header: Path | None = None) -> Source:
    """A text table whose first line, or whose separate header file, names the columns.

    A file without a header line has the columns "column 1", "column 2" and so on. Rows may be shorter than the header
    as long as none before was longer: loggers that meet a new quantity lengthen the header and leave the old rows.

    Raises:
        ValueError: If it is empty or no UTF-8 text, or if a quotation mark of its header does not close.
    """
    layout = csv_layout(header or path)
    if header is not None:
        layout = CsvLayout(path, layout.separator, layout.names, 0, layout.notes)

    places = {name: place for place, name in reversed(list(enumerate(layout.names)))}  # the first of equal names

    def rows(names: Collection[str], labels: Collection[str] = ()) -> Iterator[Batch]:
        return _batches(layout, {name: places[name] for name in (*names, *labels) if name in places}, labels)

    paths = (path,) if header is None else (header, path)
    return Source(path, paths, "line", layout.names, rows, (*layout.notes, *end_note(path)))


def end_note(path: Path) -> list[str]:
    """A sentence about a text file whose last line does not end."""
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 1))
        ended = file.read(1) in (b"\n", b"\r", b"")
    return [] if ended else [f"{path.name} does not end with a line break; its last number may be cut off."]


def _batches(layout: CsvLayout, columns: dict[str, int], labels: Collection[str]) -> Iterator[Batch]:
    widest = 0
    for whole in text_blocks(layout.path, quotes=True):
        block = _without_header(layout, whole)
        batch = _full_rows(layout, block, columns, labels)
        if batch is None:
            batch, widest = _row_by_row(layout, block, columns, widest)
        else:
            widest = len(layout.names)
        yield batch


def _without_header(layout: CsvLayout, block: TextBlock) -> TextBlock:
    past = layout.header_line - block.first_line + 1
    if past <= 0:
        return block
    lines = StringIO(block.text, newline="")
    for _ in range(past):
        lines.readline()
    return TextBlock(layout.header_line + 1, lines.read(), block.last)


def _full_rows(layout: CsvLayout, block: TextBlock, columns: dict[str, int], labels: Collection[str]) -> Batch | None:
    """The batch if each line is a full row without quotation marks or blank lines; None if Arrow finds anything else.

    Arrow reads numbers as Python does, correctly rounded, but five times faster. Labels, and blocks with cells that
    are no numbers, come back as text.
    """
    text = block.text
    if '"' in text or layout.separator == " " or not text or "\n\n" in text or "\n\r" in text or text[0] in "\r\n":
        return None
    for kind in (pa.float64(), pa.string()):
        kinds = {str(at): pa.string() if name in labels else kind for name, at in columns.items()}
        try:
            table = arrow.read_csv(
                pa.py_buffer(text.encode()),
                read_options=arrow.ReadOptions(
                    block_size=2 * BLOCK_BYTES, use_threads=False, column_names=[*map(str, range(len(layout.names)))]
                ),
                parse_options=arrow.ParseOptions(
                    delimiter=layout.separator, quote_char=False, ignore_empty_lines=False
                ),
                convert_options=arrow.ConvertOptions(column_types=kinds, include_columns=[*kinds], null_values=[]),
            )
        except pa.ArrowInvalid:
            continue
        places = np.arange(block.first_line, block.first_line + table.num_rows, dtype=np.int64)
        return Batch(places, {name: _cells(table[str(at)]) for name, at in columns.items()})
    return None


def _cells(column: pa.ChunkedArray) -> Cells:
    return column.to_pylist() if pa.types.is_string(column.type) else column.to_numpy()  # type: ignore[no-any-return]


def _row_by_row(layout: CsvLayout, block: TextBlock, columns: dict[str, int], widest: int) -> tuple[Batch, int]:
    """The batch of a block with empty cells, text, quotation marks or short rows, and the widest row up to its end."""
    full = len(layout.names)
    kept: list[tuple[int, list[str]]] = []
    passed_over: dict[str, list[int]] = {}
    torn = block.last and not block.text.endswith(("\n", "\r"))
    rows = layout.cells(block)
    for number, (line, row) in enumerate(rows, start=1):
        if len(row) < FEWEST_CELLS and not any(cell.strip() for cell in row):
            passed_over.setdefault("blank lines", []).append(line)
        elif max(widest, min(FEWEST_CELLS, full)) <= len(row) <= full:
            kept.append((line, row + [""] * (full - len(row))))
            widest = len(row)
        elif torn and number == len(rows):
            passed_over["a last line that is cut off"] = [line]
        else:
            raise ValueError(
                f"{layout.path}, line {line} has {len(row)} cells where {_expected(widest, full)}; the line may be cut "
                "off, or a cell holds the separator: repair or delete it"
            )
    places = np.array([line for line, _ in kept], dtype=np.int64)
    return Batch(places, {name: [row[at] for _, row in kept] for name, at in columns.items()}, passed_over), widest


def _expected(widest: int, full: int) -> str:
    return f"the header has {full}" + (f" and the row before {widest}" if 0 < widest < full else "")
