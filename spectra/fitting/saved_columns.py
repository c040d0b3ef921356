"""Read several columns of a saved table, for laws of more than one variable."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectra.fitting.given import MOST_FITTED
from spectra.fitting.saved.cells import kind_of, numbers
from spectra.fitting.saved.digest import sha256
from spectra.fitting.saved.formats import open_source
from spectra.fitting.saved.points import label_of
from spectra.fitting.saved.positive_points import refuse_strange
from spectra.fitting.saved.source import Batch, Source
from spectra.fitting.saved.tally import Tally


@dataclass(frozen=True)
class SavedColumns:
    """Columns of one file, row by row."""

    path: Path
    columns: Mapping[str, NDArray[np.float64]]  # each (n,), finite
    labels: tuple[str, ...]  # (n,) text of the column of labels; empty if none was asked for
    notes: tuple[str, ...]  # what was passed over, in whole sentences
    sha256: str

    def __repr__(self) -> str:
        """Its file and columns."""
        rows = max((len(column) for column in self.columns.values()), default=0)
        return f"SavedColumns('{self.path.name}': {', '.join(self.columns)}; {rows} rows)"


def read_columns(
    path: str | Path, names: Sequence[str], *, labels: str | None = None, format: str | None = None
) -> SavedColumns:
    """Columns of numbers from a file of any format that `read_curves` reads, in the order of its rows.

    Rows in which one of the cells is empty are left out with a note.

    Args:
        path: The file.
        names: Names of the columns, for example ("parameters", "tokens", "loss").
        labels: Name of a column of text, for example of the run that each row belongs to.
        format: As for `read_curves`.

    Raises:
        ValueError: If no column is named or one twice, if one is missing, or a cell is no finite number; names file,
            row and column. If there are more than a million rows.
    """
    if isinstance(names, str) or not names or len(set(names)) < len(names):
        raise ValueError(f"the columns {names!r} were asked for; pass a list of one name or more, each of them once")
    source = open_source(Path(path), format=format)
    told = [labels] if labels is not None else []
    source.require(*names, *told)
    parts: list[NDArray[np.float64]] = []
    said: list[str] = []
    incomplete = Tally()
    for batch in source.rows(names, told):
        if len(batch.places):
            rows, kept = _rows(source, batch, names)
            parts.append(rows)
            incomplete = incomplete.plus(batch.places[~kept].tolist())
            if sum(rows.shape[1] for rows in parts) > MOST_FITTED:
                raise ValueError(
                    f"{path} has more than {MOST_FITTED} rows, which is the most that is fitted: keep every tenth row, "
                    "or the last of each run"
                )
            said += [label_of(batch.columns[name][row]) for name in told for row in np.flatnonzero(kept).tolist()]
    table = np.concatenate(parts, axis=1) if parts else np.empty((len(names), 0))
    if not table.shape[1]:
        raise ValueError(
            f"{path} has no row with all of {', '.join(map(repr, names))}; name columns with numbers in the same rows "
            f"({source.choice()})"
        )
    notes = [f"Rows without one of the columns were left out: {incomplete.located('empty cells', source.unit)}."]
    columns = dict(zip(names, table, strict=True))
    return SavedColumns(
        source.path, columns, tuple(said), (*source.notes, *(notes if incomplete.count else [])), sha256(source.paths)
    )


def _rows(source: Source, batch: Batch, names: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Numbers (columns, rows) of the rows of a batch that have them all, and which rows those are."""
    read = {name: numbers(batch.columns.get(name, [None] * len(batch.places))) for name in names}
    kept = ~np.any([column.empty for column in read.values()], axis=0)
    strange: dict[tuple[str, str], Tally] = defaultdict(Tally)
    for name, column in read.items():
        for row in np.flatnonzero(kept & ~np.isfinite(column.values)).tolist():
            kind = (name, kind_of(batch.columns[name][row]))
            strange[kind] = strange[kind].plus([int(batch.places[row])], str(batch.columns[name][row]))
    refuse_strange(strange, source)
    return np.array([column.values[kept] for column in read.values()]), kept
