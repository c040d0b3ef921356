"""Read the learning rates that were saved with curves."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectra.fitting.curves import Curve
from spectra.fitting.saved.column_guess import chosen_columns
from spectra.fitting.saved.curve_names import curve_names
from spectra.fitting.saved.curve_order import in_order
from spectra.fitting.saved.formats import unreadable
from spectra.fitting.saved.points import Points, gathered
from spectra.fitting.saved.positive_points import refuse_strange
from spectra.fitting.saved.rate_guess import guessed_rate
from spectra.fitting.saved.run_folder import Saved, saved_runs
from spectra.fitting.saved.source import Source, quoted
from spectra.fitting.saved.tidy import widened


@dataclass(frozen=True)
class SavedRates:
    """Learning rates of one run at the steps where they were saved."""

    path: Path
    name: str  # of the run, as that of its curve
    column: str
    steps: NDArray[np.float64]  # (m,), ascending strictly, zero or more
    rates: NDArray[np.float64]  # (m,), zero or more
    notes: tuple[str, ...]  # what was guessed, in whole sentences

    def __repr__(self) -> str:
        """Its name and its extent."""
        return f"SavedRates({self.name!r}: {self.column}, {len(self.steps)} steps to {self.steps[-1]:g})"


@dataclass(frozen=True)
class SavedSchedules:
    """The learning rates of the runs of a file or folder."""

    rates: tuple[SavedRates, ...]
    problems: tuple[str, ...]  # which rates could not be read and why, in whole sentences

    def of(self, curve: Curve) -> SavedRates | None:
        """Those of the run of a curve, or those that its file has for all its runs; None if there are none."""
        same = [each for each in self.rates if each.path == curve.path]
        named = [each for each in same if each.name == curve.name]
        return named[0] if named else same[0] if len(same) == 1 else None


def read_rates(
    path: str | Path, *, rate: str | None = None, x: str | None = None, group: str | None = None
) -> SavedSchedules:
    """The learning rates of every run of a file or folder that `read_curves` reads.

    They may stand in other rows than the losses, as some loggers write them. Where a step has several, the last one
    counts.

    Args:
        path: File or folder.
        rate: Name of the column of learning rates; None guesses, and a note says what.
        x: As for `read_curves`.
        group: As for `read_curves`.

    Returns:
        The rates. Without `rate`, a run that has no such column is no problem, and has none.

    Raises:
        ValueError: As `read_curves` for a path that leads nowhere.
    """
    found: list[SavedRates] = []
    problems: list[str] = []
    for run in saved_runs(Path(path))[0]:
        try:
            found += _rates(run, rate, x, group)
        except ValueError as error:
            problems.append(str(error))
        except OSError as error:
            problems.append(str(unreadable(run.path, error)))
    return SavedSchedules(tuple(found), tuple(problems))


def _rates(run: Saved, rate: str | None, x: str | None, group: str | None) -> Iterator[SavedRates]:
    source = widened(run.open(), y=rate)
    column = rate if rate is not None else guessed_rate(source.names)
    if column is None:
        return
    columns = chosen_columns(source, x=x, y=column, group=group)
    some = gathered(source, columns)
    names = curve_names(run, columns, some.curves)
    for key, points in some.curves.items():
        if not len(points.x):
            continue
        steps, rates = _checked(points, source, columns.x, key[0])
        told = (f"Guessed: the learning rate is column {quoted(key[0])}.",) if rate is None else ()
        yield SavedRates(source.path, names[key], key[0], steps, rates, told)


def _checked(points: Points, source: Source, x: str, column: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Steps and rates in order, one rate for a step."""
    refuse_strange(points.strange, source)
    bad = ~(np.isfinite(points.x) & np.isfinite(points.y) & (points.x >= 0) & (points.y >= 0))
    if bad.any():
        at = int(np.argmax(bad))
        raise ValueError(
            f"{source.path}: at {source.unit} {points.places[at]} {quoted(x)} is {points.x[at]:g} and {quoted(column)} "
            f"is {points.y[at]:g}; steps and learning rates must be finite and not negative: repair it, or name "
            "another column with rate=... (--rate)"
        )
    ordered = in_order(points, x, source.unit)
    last = np.append(ordered.x[1:] > ordered.x[:-1], True)
    return ordered.x[last], ordered.y[last]
