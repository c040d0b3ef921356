"""`spectra fit --model schedule`: losses under learning rates that change, several curves together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from spectra.cli import fit_tables
from spectra.cli.exits import door
from spectra.cli.fit_request import FitRequest
from spectra.cli.fit_sources import Found, curve_names, found_curves, tell_problems
from spectra.fitting import ScheduleFit, fit_schedule_law
from spectra.fitting.schedule_bins import schedule_bins
from spectra.fitting.schedule_forecasts import errors_left_out
from spectra.fitting.scheduled_curve import ScheduledCurve, scheduled_curve
from spectra.spreadsheets import write_csv

MANY_POINTS = 1000
"""Points above which a curve is averaged: every evaluation of the law is a sum over points and changes of the rate."""

MOST_LEFT_OUT = 6
"""Curves up to which each is forecast from the others, which is one more fit for each."""


def fit_schedules(files: Sequence[Path], request: FitRequest, console: Console) -> None:
    """Fit the multi-power law to all curves together, print it, and write tables and figures if a folder is given."""
    problems: list[str] = []
    with door():
        delta, expected = request.schedule_delta(), request.expected()
        named = _scheduled_curves(files, request, console, problems)
        runs = [each.run for each in named.values()]
        # The search has many starts, and each curve is left out once.
        console.print(f"Fitting {', '.join(named)} together; this may take a minute or two.")
        fit = fit_schedule_law(runs, delta=delta, level=request.level)
    forecasts = errors_left_out(runs, delta=delta) if 1 < len(runs) <= MOST_LEFT_OUT else [np.nan] * len(runs)
    points = fit_points(fit, named)
    table = _summary(points, forecasts, highest=[each.highest_rate for each in named.values()])
    _print(console, fit, table, named, objective=request.schedule_objective())
    if expected is not None:
        exponent = fit.estimates["exponent"], fit.intervals["exponent"]
        console.print(fit_tables.theory_line(*exponent, expected))
    if request.out is not None:
        with door():
            _write(request.out, fit, named, {"points": points, "curves": table, "optima": fit.optima})
        console.print(f"Wrote fits.csv, tables and figures to {request.out}")
    tell_problems(problems, fitted=True)


def _scheduled_curves(
    files: Sequence[Path], request: FitRequest, console: Console, problems: list[str]
) -> dict[str, ScheduledCurve]:
    """The curves by name, all of one loss; those without usable learning rates are problems."""
    window = request.schedule_window()
    found = found_curves(files, request, console, problems, scheduled=True)
    named: dict[str, ScheduledCurve] = {}
    for name, each in zip(curve_names([each.curve for each in found]), found, strict=True):
        try:
            named[name] = _scheduled(each, request, window)
        except ValueError as error:
            problems.append(str(error))
    losses = sorted({each.curve.y_name for each in named.values()})
    if len(losses) > 1:
        raise ValueError(f"one law is fitted to all curves, and they are of {', '.join(losses)}; name one with --y")
    if not named:
        tell_problems(problems, fitted=False)
    return named


def fit_points(fit: ScheduleFit, named: dict[str, ScheduledCurve]) -> pd.DataFrame:
    """Every point that was fitted: curve, step, rate, summed_rate, measured, law, residual (log of their ratio)."""
    parts, first = [], 0
    for name, each in named.items():
        steps = each.run.steps
        residuals = fit.residuals[first : first + steps.size]
        first += steps.size
        columns = {
            "curve": name,
            "step": steps,
            "rate": each.run.rates[steps],
            "summed_rate": np.cumsum(each.run.rates)[steps],
            "measured": each.run.losses,
            "law": each.run.losses / np.exp(residuals),
            "residual": residuals,
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _scheduled(found: Found, request: FitRequest, window: tuple[float, float] | None) -> ScheduledCurve:
    curve = found.curve
    if found.rates is None:
        asked = f"none named {request.rate!r}" if request.rate else "none that is named like one"
        raise ValueError(f"{curve.path} has no column of learning rates, or {asked}; name it with --rate")
    made = scheduled_curve(curve, found.rates, warm_up=request.warm_up, window=window)
    if request.bins or (request.bins is None and len(made.curve.x) > MANY_POINTS):
        binned = schedule_bins(made.curve, per_decade=request.bins) if request.bins else schedule_bins(made.curve)
        return replace(made, curve=binned, run=replace(made.run, steps=binned.x.astype(np.int_), losses=binned.y))
    return made


def _summary(points: pd.DataFrame, forecasts: Sequence[float], *, highest: Sequence[float]) -> pd.DataFrame:
    """One row for each curve: curve, points, first_step, last_step, highest_rate, last_rate, residual, left_out."""
    rows = []
    curves = points.groupby("curve", sort=False)
    for (name, here), left_out, peak in zip(curves, forecasts, highest, strict=True):
        rows.append(
            {
                "curve": name,
                "points": len(here),
                "first_step": here["step"].iloc[0],
                "last_step": here["step"].iloc[-1],
                "highest_rate": peak,
                "last_rate": here["rate"].iloc[-1],
                "residual": float(np.sqrt(np.square(here["residual"]).mean())),
                "left_out": left_out,
            }
        )
    return pd.DataFrame(rows)


def _print(
    console: Console, fit: ScheduleFit, table: pd.DataFrame, named: dict[str, ScheduledCurve], *, objective: str
) -> None:
    (loss,) = {each.curve.y_name for each in named.values()}
    console.print(f"{', '.join(named)}: {fit.points} points, worth {fit.effective_points:.0f}")
    for line in fit_tables.schedule_formula(loss):
        console.print(line)
    console.print(fit_tables.parameters(fit, by=f"linearisation; objective: {objective}"))
    console.print(fit_tables.scheduled_curves(table))
    for note in (*fit.warnings, *_notes(named)):
        console.print(f"Note: {note}")


def _notes(named: dict[str, ScheduledCurve]) -> Iterator[str]:
    """What was guessed or left out, with the name of the curve unless it is the same for all."""
    curves: dict[str, list[str]] = {}
    for name, each in named.items():
        for note in dict.fromkeys((*each.curve.notes, *each.notes)):
            curves.setdefault(note, []).append(name)
    for note, names in curves.items():
        yield note if len(names) == len(named) else f"{', '.join(names)}: {note}"


def _write(out: Path, fit: ScheduleFit, named: dict[str, ScheduledCurve], tables: dict[str, pd.DataFrame]) -> None:
    from spectra.report.schedule_figures import SCHEDULE_FIGURES
    from spectra.report.style import save

    out.mkdir(parents=True, exist_ok=True)
    points = tables["points"]
    digests = " ".join(each.curve.sha256 for each in named.values())
    rows = fit.rows(", ".join(named)).assign(
        start=points["step"].min(), end=points["step"].max(), points=fit.points, sha256=digests
    )
    write_csv(rows, out / "fits.csv", digits=None)
    for name, table in tables.items():
        write_csv(table, out / f"schedule_{name}.csv", digits=None)
    (loss,) = {each.curve.y_name for each in named.values()}
    for name, figure in SCHEDULE_FIGURES.items():
        save(figure(points, loss), out / f"schedule_{name}")
