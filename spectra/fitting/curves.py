"""Read saved curves from files of the usual loggers, with everything that was guessed or left out in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectra.fitting.saved.column_guess import Columns, chosen_columns
from spectra.fitting.saved.curve_names import curve_names
from spectra.fitting.saved.digest import sha256
from spectra.fitting.saved.formats import unreadable
from spectra.fitting.saved.points import Gathered, gathered
from spectra.fitting.saved.positive_points import positive_points, too_few
from spectra.fitting.saved.run_folder import Saved, saved_runs
from spectra.fitting.saved.source import Source, quoted
from spectra.fitting.saved.tally import SHOWN_PLACES, Tally
from spectra.fitting.saved.tidy import widened
from spectra.plain_text import printable


@dataclass(frozen=True)
class Curve:
    """Two columns of a saved table for one run, sorted by x."""

    path: Path
    x_name: str
    y_name: str
    x: NDArray[np.float64]  # (n,), ascending, positive
    y: NDArray[np.float64]  # (n,), positive
    notes: tuple[str, ...]  # what was guessed, changed or is unusual, in whole sentences
    name: str  # of the run
    weights: NDArray[np.float64]  # (n,), points that were averaged into each point; one unless binned
    sha256: str  # of the files behind it, one after the other

    def __repr__(self) -> str:
        """Its name and its extent."""
        x, y = printable(self.x_name), printable(self.y_name)
        span = f"{x} = {self.x[0]:g} to {self.x[-1]:g}" if len(self.x) else x
        return f"Curve({self.name!r}: {y} over {span}, {len(self.x)} points)"


@dataclass(frozen=True)
class SavedCurves:
    """The curves of a file or folder."""

    curves: tuple[Curve, ...]
    problems: tuple[str, ...]  # what could not be read and why, in whole sentences
    notes: tuple[str, ...]  # about the whole: what of a folder was passed over

    def __repr__(self) -> str:
        """How many there are, and the names of the first."""
        shown = ", ".join(repr(curve.name) for curve in self.curves[:SHOWN_PLACES])
        more = ", ..." if len(self.curves) > SHOWN_PLACES else ""
        rest = f"{len(self.problems)} problems, {len(self.notes)} notes"
        return f"SavedCurves({len(self.curves)} curves: {shown}{more}; {rest})"


def read_curves(
    path: str | Path, *, x: str | None = None, y: str | None = None, group: str | None = None, format: str | None = None
) -> SavedCurves:
    """Every curve in a file or, at any depth, in a folder.

    Formats, told by their content: text tables (commas, semicolons, tabs or spaces; Lightning, nanoGPT-mup, exports
    of Weights & Biases), JSON (lines, lists, Hugging Face trainer states), parquet, Feather, TensorBoard event files
    and MLflow metric files. Rows without x or y, as loggers of several quantities write them, hold no point.

    Args:
        path: File or folder.
        x: Name of the column of x; None guesses, and a note of each curve says what.
        y: Name of the column of y, or a pattern such as "seed*" with one curve per column; None guesses.
        group: Name of the column that tells runs apart; "" for none; None guesses.
        format: "csv", "json", "parquet", "feather", "events" or "mlflow"; None takes what the content shows.

    Returns:
        The curves, and in `problems` what could not be read.

    Raises:
        ValueError: If not one curve could be read; says for what file, place and column, and what to do.
    """
    path = Path(path)
    found, notes = saved_runs(path, format=format)
    curves: list[Curve] = []
    problems: list[str] = []
    for run in found:
        try:
            for made in _curves(run, x, y, group):
                if isinstance(made, Curve):
                    curves.append(made)
                else:
                    problems.append(made)
        except ValueError as error:
            problems.append(str(error))
        except OSError as error:
            problems.append(str(unreadable(run.path, error)))
    if not curves:
        raise ValueError(_nothing(path, problems))
    return SavedCurves(tuple(curves), tuple(problems), tuple(notes))


def read_curve(
    path: str | Path, *, x: str | None = None, y: str | None = None, group: str | None = None, format: str | None = None
) -> Curve:
    """The one curve of a file or folder.

    Args:
        path: File or folder.
        x: Name of the column of x; None guesses.
        y: Name of the column of y; None guesses.
        group: Name of the column that tells runs apart; "" for none; None guesses.
        format: As for `read_curves`; None takes what the content shows.

    Raises:
        ValueError: If there is not exactly one curve, or something could not be read.
    """
    saved = read_curves(path, x=x, y=y, group=group, format=format)
    if saved.problems:
        raise ValueError(_nothing(Path(path), list(saved.problems)))
    if len(saved.curves) > 1:
        names = ", ".join(repr(curve.name) for curve in saved.curves[:SHOWN_PLACES])
        raise ValueError(
            f"{path} holds {len(saved.curves)} curves ({names}{' ...' if len(saved.curves) > SHOWN_PLACES else ''}); "
            "read them with read_curves, or name one column of y, or keep one run in a file of its own"
        )
    return saved.curves[0]


def _curves(run: Saved, x: str | None, y: str | None, group: str | None) -> Iterator[Curve | str]:
    """Each curve of a run's table, or why it is none."""
    source = widened(run.open(), y=y)
    columns = chosen_columns(source, x=x, y=y, group=group)
    some = gathered(source, columns)
    if not some.curves:
        yield too_few(source, 0, columns.x, columns.y[0])
    digest, names = sha256(source.paths), curve_names(run, columns, some.curves)
    for (column, label), points in some.curves.items():
        about = [*source.notes, *columns.notes, *_passed_over(source, columns, some, column)]
        try:
            ordered = positive_points(points, source, x=columns.x, y=column)
        except ValueError as error:
            yield f"{error} (run {quoted(label)})" if label else str(error)
            continue
        weights = np.broadcast_to(np.float64(1), ordered.x.shape)
        notes = (*about, *ordered.notes)
        name = names[column, label]
        yield Curve(source.path, columns.x, column, ordered.x, ordered.y, notes, name, weights, digest)


def _passed_over(source: Source, columns: Columns, some: Gathered, y: str) -> Iterator[str]:
    for kind, tally in some.passed_over.items():
        yield f"Passed over: {tally.located(kind, source.unit)}."
    for column in (y, columns.x):
        tally = some.without.get(column, Tally())
        if tally.count:
            first = f"first: {source.unit} {tally.first[0]}"
            yield f"{tally.count} rows have no {quoted(column)} and are no points ({first})."


def _nothing(path: Path, problems: list[str]) -> str:
    if len(problems) == 1:
        return problems[0]
    shown = "\n".join(problems[:SHOWN_PLACES])
    more = f"\nand {len(problems) - SHOWN_PLACES} more" if len(problems) > SHOWN_PLACES else ""
    return f"{path}: {len(problems)} curves could not be read:\n{shown}{more}"
