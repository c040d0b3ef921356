"""`spectra fit`: saved curves in, laws with intervals out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from spectra.cli import fit_tables
from spectra.cli.exits import BAD_INPUT, SOME_RUNS_FAILED, door, fail
from spectra.cli.fit_request import FitRequest
from spectra.fitting import (
    LAWS,
    Curve,
    CurveStudy,
    Interval,
    block_bootstrap,
    fit_law,
    log_bins,
    read_columns,
    read_curves,
    run_bootstrap,
    study_curve,
)

MANY_POINTS = 5000
"""Points above which a curve is averaged before it is fitted: far more than its 50 means for each factor of ten."""

FEW_REFITS, FEW_BINS = 200, 20
"""Below these it is said that numbers are rough. Bins of 2 and 5 for each factor of ten moved the exponent 0.5 of an
exact curve by 0.0036 and 0.0005, beyond its interval; 20 moved that of another by 0.00001."""

FULL = 5
"""Curves that are printed in full, if there are no more, and of which figures are drawn."""


def fit_files(files: Sequence[Path], request: FitRequest) -> None:
    """Fit every curve of some files and folders, print, and write tables and figures if a folder is given."""
    console = Console(highlight=False, soft_wrap=True)
    with door():
        request.plan(), request.expected()  # what cannot be asked for is refused before anything is read
        if request.joint:
            _fit_table(files, request, console)
            return
    problems: list[str] = []
    fits: list[pd.DataFrame] = []
    found = list(_curves(files, request, console, problems))
    names = _names(found)
    if request.refits and request.refits < FEW_REFITS:
        console.print(
            f"Note: intervals from {request.refits} refits are rough; use {FEW_REFITS} or more.", markup=False
        )
    if request.bins and request.bins < FEW_BINS:
        console.print(
            f"Note: {request.bins} means for each factor of ten bend a curve; use {FEW_BINS} or more.", markup=False
        )
    for number, (name, curve) in enumerate(zip(names, found, strict=True)):
        try:
            study = study_curve(curve.x, curve.y, weights=curve.weights, plan=request.plan())
            further = _bootstrap(study, request)
        except ValueError as error:
            problems.append(f"{name}: {error}")
            continue
        fits.append(_rows(study, name, curve.sha256))
        if len(found) <= FULL:
            _print(console, name, curve, study, request, further)
        if request.out is not None:
            with door():
                _write(request, name, curve, study, figures=number < FULL)
    _end(console, fits, problems, request, many=len(found) > FULL)


def _curves(files: Sequence[Path], request: FitRequest, console: Console, problems: list[str]) -> Iterator[Curve]:
    for file in files:
        try:
            saved = read_curves(file, x=request.x, y=request.y, group=request.group)
        except ValueError as error:
            problems.append(str(error))
            continue
        problems += saved.problems
        for note in saved.notes:
            console.print(f"Note: {note}", markup=False)
        for curve in saved.curves:
            if request.bins or (request.bins is None and len(curve.x) > MANY_POINTS):
                yield log_bins(curve, per_decade=request.bins) if request.bins else log_bins(curve)
            else:
                yield curve


def _bootstrap(study: CurveStudy, request: FitRequest) -> dict[str, Interval] | None:
    if not request.refits:
        return None
    generators = np.random.default_rng(0).spawn(request.refits)
    refit = partial(fit_law, law=study.fit.law.name, objective=request.objective)
    drawn = block_bootstrap(study.x, study.y, weights=study.weights, generators=generators, fit=refit)
    return drawn.intervals(request.level)


def _rows(study: CurveStudy, name: str, sha256: str) -> pd.DataFrame:
    rows = study.fit.rows(name)
    if study.exponent is not None:  # which may allow for a window that was chosen
        at = rows["parameter"] == "exponent"
        rows.loc[at, ["low", "high"]] = study.exponent.low, study.exponent.high
    return rows.assign(start=study.x.min(), end=study.x.max(), points=study.fit.points, sha256=sha256)


def _print(
    console: Console,
    name: str,
    curve: Curve,
    study: CurveStudy,
    request: FitRequest,
    further: dict[str, Interval] | None,
) -> None:
    fit, span = study.fit, f"{curve.x_name} = {study.x.min():g} to {study.x.max():g}"
    console.print(f"{name}: {curve.y_name} over {span}, {fit.points} points", markup=False)
    console.print(f"{fit.law.name}: {curve.y_name} = {fit.law.formula}, x = {curve.x_name}", markup=False)
    console.print(fit_tables.parameters(fit, study.exponent, further))
    if (table := fit_tables.choice(study)) is not None:
        console.print(table)
    lines = [f"Relative residual {fit.relative_residual:.2%}. {fit_tables.forecast_line(study)}".strip()]
    lines += fit_tables.predictions(study, curve)
    if (expected := request.expected()) is not None:
        lines.append(fit_tables.theory_line(study, expected))
    for line in (*lines, *(f"Note: {note}" for note in (*curve.notes, *study.notes))):
        console.print(line, markup=False)


def _write(request: FitRequest, name: str, curve: Curve, study: CurveStudy, *, figures: bool) -> None:
    """Tables and figures of one curve."""
    assert request.out is not None
    request.out.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^\w.+-]+", "_", name).strip("._") or "curve"
    if study.windows is not None:
        study.windows.table.to_csv(request.out / f"{stem}_windows.csv", index=False)
    study.forecasts.to_csv(request.out / f"{stem}_forecasts.csv", index=False)
    if not study.predictions.empty:
        study.predictions.to_csv(request.out / f"{stem}_predictions.csv", index=False)
    if figures:
        from spectra.report.fit_figures import FIT_FIGURES, Drawn
        from spectra.report.style import save

        drawn = Drawn(study, name, curve.x_name, curve.y_name, request.expected())
        for kind, figure in FIT_FIGURES.items():
            save(figure(drawn), request.out / f"{stem}_{kind}")


def _end(
    console: Console, fits: Sequence[pd.DataFrame], problems: Sequence[str], request: FitRequest, *, many: bool
) -> None:
    if fits:
        rows = pd.concat(fits, ignore_index=True)
        if many:
            console.print(fit_tables.summary(rows))
        if request.out is not None:
            with door():
                rows.to_csv(request.out / "fits.csv", index=False)
            drawn = f", figures of the first {FULL} curves" if len(fits) > FULL else " and figures"
            console.print(f"Wrote fits.csv, tables{drawn} to {request.out}", markup=False)
    if problems:
        text = "\nspectra: ".join(problems)
        if not fits:
            fail(text, BAD_INPUT)
        fail(f"fitted all but {len(problems)}:\nspectra: {text}", SOME_RUNS_FAILED)


def _fit_table(files: Sequence[Path], request: FitRequest, console: Console) -> None:
    """Fit a law of several variables to the rows of one table."""
    if len(files) != 1:
        raise ValueError(f"the law {request.law} is fitted to one table, and {len(files)} files were given")
    given = {"--predict": request.predict, "--theory": request.theory, "--bins": request.bins}
    idle = [name for name, value in given.items() if value] + ["--window"] * (request.window != "all")
    if idle:
        raise ValueError(
            f"{', '.join(idle)} are for curves, and {request.law} is a law of several variables: leave them out"
        )
    columns, y = request.columns(), request.y or "loss"
    saved = read_columns(files[0], [*columns.values(), y], labels=request.group)
    x = {variable: saved.columns[column] for variable, column in columns.items()}
    refit = partial(fit_law, law=request.law, objective=request.objective)
    fit = refit(x, saved.columns[y], level=request.level)
    further = None
    if request.refits:
        runs = saved.labels or tuple(map(str, range(fit.points)))
        generators = np.random.default_rng(0).spawn(request.refits)
        drawn = run_bootstrap(x, saved.columns[y], runs, generators=generators, fit=refit)
        further = drawn.intervals(request.level)
    console.print(f"{files[0]}: {y} = {LAWS[request.law].formula}, {fit.points} points", markup=False)
    console.print(fit_tables.parameters(fit, None, further))
    console.print(f"Relative residual {fit.relative_residual:.2%}")
    for note in (*saved.notes, *fit.warnings):
        console.print(f"Note: {note}", markup=False)
    if request.out is not None:
        request.out.mkdir(parents=True, exist_ok=True)
        fit.rows(files[0].stem).to_csv(request.out / "fits.csv", index=False)
        console.print(f"Wrote {request.out / 'fits.csv'}", markup=False)


def _names(curves: Sequence[Curve]) -> list[str]:
    """A name for each: file and run, with as many folders before them as tell all apart."""
    most = max((len(curve.path.parts) for curve in curves), default=1)
    for folders in range(1, most + 1):
        files = ["/".join(curve.path.parts[-folders:]) for curve in curves]
        runs = [curve.name if curve.name != curve.path.stem else "" for curve in curves]
        names = [f"{file} {run}".strip() for file, run in zip(files, runs, strict=True)]
        if len(set(names)) == len(names):
            return names
    return [f"{name} ({number})" for number, name in enumerate(names, start=1)]
