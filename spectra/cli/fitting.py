"""`spectra fit`: saved curves in, laws with intervals out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from spectra.cli import fit_tables
from spectra.cli.exits import door
from spectra.cli.fit_request import FitRequest
from spectra.cli.fit_sources import Found, averaged, curve_names, found_curves, tell_problems
from spectra.cli.joint_fitting import fit_table
from spectra.cli.schedule_fitting import fit_schedules
from spectra.cli.terminal import Terminal
from spectra.fitting import Curve, CurveStudy, Interval, block_bootstrap, fit_law, study_curve
from spectra.spreadsheets import write_csv

FEW_REFITS, FEW_BINS = 200, 20
"""Below these it is said that numbers are rough. Bins of 2 and 5 for each factor of ten moved the exponent 0.5 of an
exact curve by 0.0036 and 0.0005, beyond its interval; 20 moved that of another by 0.00001."""

LONGEST = 100
"""Letters of the name of a curve in names of files."""

FULL = 5
"""Curves that are printed in full, if there are no more, and of which figures are drawn."""


def fit_files(files: Sequence[Path], request: FitRequest) -> None:
    """Fit every curve of some files and folders, print, and write tables and figures if a folder is given."""
    console = Terminal()
    if request.scheduled:
        fit_schedules(files, request, console)
        return
    with door():
        if request.joint:
            fit_table(files, request, console)
            return
        request.plan(), request.expected()  # what cannot be asked for is refused before anything is read
    _fit_curves(files, request, console)


def _fit_curves(files: Sequence[Path], request: FitRequest, console: Console) -> None:
    """Fit every curve by itself."""
    problems: list[str] = []
    fits: list[pd.DataFrame] = []
    found = list(averaged(found_curves(files, request, console, problems), request))
    names = curve_names([each.curve for each in found])
    stems = _stems(names)
    _caution(console, request, found)
    for number, (name, each) in enumerate(zip(names, found, strict=True)):
        curve = each.curve
        try:
            study = study_curve(curve.x, curve.y, weights=curve.weights, plan=request.plan())
            further = _bootstrap(study, request)
        except ValueError as error:
            problems.append(f"{name}: {error}")
            continue
        fits.append(_rows(study, name, curve.sha256))
        if len(found) <= FULL:
            _print(console, name, each, study, request, further)
        if request.out is not None:
            with door():
                request.out.mkdir(parents=True, exist_ok=True)
                _write(request, request.out / stems[number], name, curve, study, figures=number < FULL)
    _end(console, fits, problems, request, many=len(found) > FULL)


def _caution(console: Console, request: FitRequest, found: Sequence[Found]) -> None:
    """What holds for all curves."""
    notes = []
    if request.refits and request.refits < FEW_REFITS:
        notes.append(f"intervals from {request.refits} refits are rough; use {FEW_REFITS} or more.")
    if request.bins and request.bins < FEW_BINS:
        notes.append(f"{request.bins} means for each factor of ten bend a curve; use {FEW_BINS} or more.")
    falling = [each for each in found if each.falling]
    if falling and len(found) > FULL:
        notes.append(f"Of {len(falling)} curves, {falling[0].curve.path} the first: {falling[0].falling}")
    for note in notes:
        console.print(f"Note: {note}")


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
    found: Found,
    study: CurveStudy,
    request: FitRequest,
    further: dict[str, Interval] | None,
) -> None:
    curve = found.curve
    fit, span = study.fit, f"{curve.x_name} = {study.x.min():g} to {study.x.max():g}"
    console.print(f"{name}: {curve.y_name} over {span}, {fit.points} points")
    console.print(f"{fit.law.name}: {curve.y_name} = {fit.law.formula}, x = {curve.x_name}")
    console.print(fit_tables.parameters(fit, exponent=study.exponent, further=further))
    if (table := fit_tables.choice(study)) is not None:
        console.print(table)
    lines = [f"Relative residual {fit.relative_residual:.2%}. {fit_tables.forecast_line(study)}".strip()]
    lines += fit_tables.predictions(study, curve)
    if (expected := request.expected()) is not None:
        lines.append(fit_tables.theory_line(fit.estimates.get("exponent"), study.exponent, expected))
    notes = [note for note in (*curve.notes, *study.notes, found.falling) if note]
    for line in (*lines, *(f"Note: {note}" for note in notes)):
        console.print(line)


def _stems(names: Sequence[str]) -> list[str]:
    """What the files of every curve are called: its name, with a number where that of another is the same in a file."""
    plain = [re.sub(r"[^\w.+-]+", "_", name).strip("._")[-LONGEST:] or "curve" for name in names]
    alike = [name.casefold() for name in plain]
    return [
        f"{name}-{place}" if alike.count(alike[place - 1]) > 1 else name for place, name in enumerate(plain, start=1)
    ]


def _write(request: FitRequest, stem: Path, name: str, curve: Curve, study: CurveStudy, *, figures: bool) -> None:
    """Tables and figures of one curve; `stem` is the beginning of their paths."""
    tables = {} if study.windows is None else {"windows": study.windows.table}
    tables |= {"forecasts": study.forecasts, **({} if study.predictions.empty else {"predictions": study.predictions})}
    for kind, table in tables.items():
        write_csv(table, stem.with_name(f"{stem.name}_{kind}.csv"), digits=None)
    if figures:
        from spectra.report.fit_figures import FIT_FIGURES, Drawn
        from spectra.report.style import save

        drawn = Drawn(study, name, curve.x_name, curve.y_name, request.expected())
        for kind, figure in FIT_FIGURES.items():
            save(figure(drawn), stem.with_name(f"{stem.name}_{kind}"))


def _end(
    console: Console, fits: Sequence[pd.DataFrame], problems: Sequence[str], request: FitRequest, *, many: bool
) -> None:
    if fits:
        rows = pd.concat(fits, ignore_index=True)
        if many:
            console.print(fit_tables.summary(rows))
        if request.out is not None:
            with door():
                write_csv(rows, request.out / "fits.csv", digits=None)
            drawn = f", figures of the first {FULL} curves" if len(fits) > FULL else " and figures"
            console.print(f"Wrote fits.csv, tables{drawn} to {request.out}")
    tell_problems(problems, fitted=bool(fits))
