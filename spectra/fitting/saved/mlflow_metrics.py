"""The text files in which MLflow keeps metrics: one file per metric, lines of timestamp, value and step."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from spectra.fitting.saved.cells import number_of
from spectra.fitting.saved.source import Batch, Source
from spectra.fitting.saved.text_blocks import text_blocks

# Timestamp, value and step; the first versions wrote no step, later ones append the data set.
FEWEST_CELLS, MOST_CELLS = 2, 5
STEP_CELL = 2
FIXED = ("step", "timestamp")
# Milliseconds since 1970 of a day in 2001, before which no log was written.
EARLIEST = 1e12


def mlflow_metrics(path: Path, files: Mapping[str, Path]) -> Source:
    """The metrics of one run; columns are "step", "timestamp" and the metrics that have other names than these two."""
    files = {name: file for name, file in files.items() if name not in FIXED}

    def rows(asked: Collection[str], labels: Collection[str] = ()) -> Iterator[Batch]:
        for name in files:
            if name in asked or name in labels:
                yield from _rows(files[name], name)

    return Source(path, tuple(files.values()), "line", (*FIXED, *files), rows)


def is_mlflow_metric(first_line: str) -> bool:
    """Whether a file that begins with this line is one: milliseconds, a value, and perhaps a step."""
    cells = first_line.split()
    return (
        FEWEST_CELLS < len(cells) <= MOST_CELLS
        and number_of(cells[0]) >= EARLIEST
        and number_of(cells[0]).is_integer()
        and number_of(cells[STEP_CELL]).is_integer()
    )


def _rows(path: Path, name: str) -> Iterator[Batch]:
    for block in text_blocks(path, quotes=False):
        lines = [line.split() for line in block.text.split("\n")]
        kept = [(line, cells) for line, cells in enumerate(lines, start=block.first_line) if cells]
        passed_over: dict[str, list[int]] = {}
        if block.last and kept and not block.text.endswith("\n"):  # MLflow ends every line; what is left may look whole
            passed_over["a last line that is cut off"] = [kept.pop()[0]]
        for line, cells in kept:
            if not FEWEST_CELLS <= len(cells) <= MOST_CELLS:
                raise ValueError(
                    f"{path}, line {line} has {len(cells)} cells; a line of an MLflow metric holds a timestamp, a "
                    "value and a step: repair or delete it"
                )
        columns: dict[str, Sequence[object]] = {
            "timestamp": [cells[0] for _, cells in kept],
            name: [cells[1] for _, cells in kept],
            "step": [cells[STEP_CELL] if len(cells) > STEP_CELL else None for _, cells in kept],
        }
        yield Batch(np.array([line for line, _ in kept], dtype=np.int64), columns, passed_over)
