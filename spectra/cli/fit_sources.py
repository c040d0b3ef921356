"""The curves that `spectra fit` was given, with their learning rates, and what to call them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from spectra.cli.exits import BAD_INPUT, SOME_RUNS_FAILED, fail
from spectra.cli.fit_request import FitRequest
from spectra.fitting import Curve, log_bins, read_curves
from spectra.fitting.saved_rates import SavedRates, SavedSchedules, read_rates
from spectra.fitting.scheduled_curve import fall_of_rate
from spectra.plain_text import clean, printable

MANY_POINTS = 5000
"""Points above which a curve is averaged before it is fitted: far more than its 50 means for each factor of ten."""


@dataclass(frozen=True)
class Found:
    """A curve of a file."""

    curve: Curve
    rates: SavedRates | None  # learning rates that were saved with it
    falling: str = ""  # that the learning rate falls, and what accounts for it; empty if it does not


def found_curves(
    files: Sequence[Path], request: FitRequest, console: Console, problems: list[str], *, scheduled: bool = False
) -> list[Found]:
    """Every curve of some files and folders; notes about these are printed, and what cannot be read is a problem.

    Args:
        files: Files and folders.
        request: Names the columns.
        console: Where notes go.
        problems: Grows by what could not be read.
        scheduled: Whether a learning rate that cannot be read is a problem too.
    """
    found: list[Found] = []
    for file in files:
        try:
            saved = read_curves(file, x=request.x, y=request.y, group=request.group)
        except ValueError as error:
            problems.append(str(error))
            continue
        problems += saved.problems
        for note in saved.notes:
            console.print(f"Note: {note}")
        schedules = read_rates(file, rate=request.rate, x=request.x, group=request.group)
        if scheduled or request.rate:
            problems += [problem for problem in schedules.problems if problem not in problems]
        found += [_with_rates(curve, schedules) for curve in saved.curves]
    return found


def _with_rates(curve: Curve, schedules: SavedSchedules) -> Found:
    rates = schedules.of(curve)
    fall = None if rates is None else fall_of_rate(curve, rates)
    if rates is None or fall is None:
        return Found(curve, rates)
    told = f"falls from {fall[0]:g} to {fall[1]:g} (column {rates.column!r})"
    return Found(curve, rates, f"The learning rate {told}: --model schedule accounts for it.")


def averaged(found: Sequence[Found], request: FitRequest) -> Iterator[Found]:
    """The same, the curves that were asked to be, or that have very many points, in bins."""
    for each in found:
        if request.bins or (request.bins is None and len(each.curve.x) > MANY_POINTS):
            curve = log_bins(each.curve, per_decade=request.bins) if request.bins else log_bins(each.curve)
            yield replace(each, curve=curve)
        else:
            yield each


def tell_problems(problems: Sequence[str], *, fitted: bool) -> None:
    """End with what could not be read or fitted, if there is anything; `fitted`: whether something else was."""
    text = "\nspectra: ".join(problems)
    if problems and not fitted:
        fail(text, BAD_INPUT)
    if problems:
        fail(f"fitted all but {len(problems)}:\nspectra: {text}", SOME_RUNS_FAILED)


def curve_names(curves: Sequence[Curve]) -> list[str]:
    """A name for each: file and run, with as many folders before them as tell all apart; "�" for what is no text."""
    most = max((len(curve.path.parts) for curve in curves), default=1)
    for folders in range(1, most + 1):
        files = ["/".join(curve.path.parts[-folders:]) for curve in curves]
        runs = [curve.name if curve.name != printable(curve.path.stem) else "" for curve in curves]
        names = [clean(f"{file} {run}".strip()) for file, run in zip(files, runs, strict=True)]
        if len(set(names)) == len(names):
            return names
    return [f"{name} ({number})" for number, name in enumerate(names, start=1)]
