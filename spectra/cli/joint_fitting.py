"""`spectra fit` with a law of several variables: one table instead of curves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console

from spectra.cli import fit_tables
from spectra.cli.fit_request import FitRequest
from spectra.fitting import LAWS, fit_law, read_columns, run_bootstrap
from spectra.spreadsheets import write_csv


def fit_table(files: Sequence[Path], request: FitRequest, console: Console) -> None:
    """Fit a law of several variables to the rows of one table.

    Raises:
        ValueError: If something was asked that only a curve has, or the table does not hold what is needed.
    """
    if len(files) != 1:
        raise ValueError(f"the law {request.law} is fitted to one table, and {len(files)} files were given; name one")
    request.refuse(
        f"cannot be used with {request.law}, a law of several variables",
        ["--predict", "--theory", "--bins", "--window", "--rate", "--warm-up"],
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
    console.print(f"{files[0]}: {y} = {LAWS[request.law].formula}, {fit.points} points")
    console.print(fit_tables.parameters(fit, further=further))
    console.print(f"Relative residual {fit.relative_residual:.2%}")
    for note in (*saved.notes, *fit.warnings):
        console.print(f"Note: {note}")
    if request.out is not None:
        request.out.mkdir(parents=True, exist_ok=True)
        write_csv(fit.rows(files[0].stem), request.out / "fits.csv", digits=None)
        console.print(f"Wrote {request.out / 'fits.csv'}")
