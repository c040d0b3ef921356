"""What the numbers rest on: settings, cost, accuracy of the eigensolver, and the runs that did not make it."""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from spectra.plain_text import clean
from spectra.report.cell import Cell
from spectra.report.cells import entire, share
from spectra.report.groups import groups
from spectra.report.sheet import Sheet
from spectra.report.study import Study
from spectra.report.titles import column_title, entry_title, quantity_title, regime_title
from spectra.report.words import duration, number, whole
from spectra.verdicts.long_table import MEASURED

MANY = 40  # rows after which a list of runs is cut, with a count of the rest


def settings(study: Study) -> Sheet:
    """Every setting with its values: those that vary first, then the fixed ones."""
    rows = []
    for name in [name for name in study.table.columns if name not in (*MEASURED, "case", "judged")]:
        values = [_value(name, value) for value in _ordered(study.table[name])]
        if not values:  # a setting that no run has
            continue
        rows.append((len(values) == 1, (clean(name), entire(values))))
    ordered = tuple(row for _, row in sorted(rows, key=lambda row: row[0]))
    return Sheet("Settings of the runs; those that vary come first.", ("setting", "value"), ordered, unlike=True)


def costs(study: Study) -> Sheet:
    """Runs, wall-clock time and products with the Hessian per size."""
    table, scale = study.table, study.scale
    runs = table.drop_duplicates("run").set_index("run")[[scale]] if len(table) else DataFrame(columns=[scale])
    spent = table[table["quantity"].str.endswith("_matvecs")].groupby("run")["value"].sum()
    times: Series = Series(dtype=float)
    if {"run", "seconds"} <= set(study.provenance.columns):
        times = study.provenance.drop_duplicates("run").set_index("run")["seconds"].astype(float)
    runs = runs.assign(products=spent.reindex(runs.index), seconds=times.reindex(runs.index))
    rows = [(number(size, 6), *_cost(here)) for (size,), here in groups(runs, scale)]
    return Sheet(
        "Cost. A product is one of a vector with the Hessian or another matrix that was measured; time is wall-clock "
        "time of training and measuring.",
        (
            column_title(scale),
            "runs",
            "time, all runs",
            "time, median run",
            "products, all runs",
            "products, median run",
        ),
        tuple(rows),
        last=(("all", *_cost(runs)),) if rows else (),
    )


def accuracy(study: Study) -> Sheet:
    """How well every measured eigenvalue solves its equation."""
    rows = []
    names = study.table["quantity"].astype(str)
    for quantity in sorted(name.removesuffix("_residual") for name in names.unique() if name.endswith("_residual")):
        ends = ("", "_residual", "_error", "_converged", "_matvecs")
        part = {end: _numbers(study.table, f"{quantity}{end}") for end in ends}
        residuals, errors = (_relative(part[end], part[""]) for end in ("_residual", "_error"))
        rows.append((
            quantity_title(quantity), whole(len(part[""])), _share(part["_converged"]),
            number(errors.median(), 2), number(errors.max(), 2), number(residuals.max(), 2),
            number(part["_matvecs"].mean()),
        ))  # fmt: skip
    return Sheet(
        "Accuracy of the eigenvalues, relative to each. The residual r is |Av − λv| for a unit vector v, and the error "
        "bar the smaller of r and r² over the distance to the next eigenvalue.",
        (
            "quantity",
            "eigenvalues",
            "checkpoints converged",
            "median error bar",
            "worst error bar",
            "worst residual",
            "products per checkpoint",
        ),
        tuple(rows),
    )


def divergences(study: Study) -> Sheet:
    """Share of seeds that diverged per case, rate and size; only rates at which one did."""
    ends = study.table[study.table["quantity"] == "diverged"]
    rows = []
    for (case, rate), here in groups(ends, "case", "rate"):
        if (here["value"] > 0).any():
            counts = {
                size: (int((seeds["value"] > 0).sum()), len(seeds)) for (size,), seeds in groups(here, study.scale)
            }
            cells = [share(*counts[size]) if size in counts else "–" for size in study.sizes]
            rows.append((case, number(rate), *cells))
    heads = tuple(f"{column_title(study.scale)} {number(size, 6)}" for size in study.sizes)
    return Sheet("Diverged runs by case and learning rate.", ("case", "learning rate", *heads), tuple(rows))


def failures(study: Study) -> Sheet:
    """Runs that ended in an error; they are in no figure."""
    rows: list[tuple[str, ...]] = [
        (clean(row["run"]), clean(row["error"])) for row in study.failures.to_dict("records")
    ]
    return Sheet("Runs that failed. They are in no figure.", ("run", "error"), *_cut(rows))


def excluded(study: Study) -> Sheet:
    """Runs that finished but did not enter a fit, and why."""
    rows: list[tuple[str, ...]] = []
    for case in study.cases:
        lists = {f"{entry_title(*quantity)}": fit.excluded for quantity, fit in case.consistency.items()}
        lists |= {} if case.transfer is None else {"learning rate": case.transfer.excluded}
        for kind, runs in lists.items():
            for row in runs.rename(columns={"size": study.scale}).to_dict("records"):
                reason = clean(row.pop("reason"))
                run = ", ".join(f"{clean(key)} {_value(str(key), value)}" for key, value in row.items())
                rows.append((case.title, kind, run, reason))
    return Sheet("Runs that did not enter a fit.", ("case", "fit", "run", "reason"), *_cut(rows))


def versions(study: Study) -> Sheet:
    """With what the runs were made."""
    facts = study.provenance.drop(columns=["run", "seconds", "members", "memory"], errors="ignore")
    rows = []
    for name in facts.columns:
        told = [clean(value) if pd.notna(value) else "not known" for value in facts[name].tolist()]
        counts = {value: told.count(value) for value in sorted(set(told))}
        values = list(counts) if len(counts) == 1 else [f"{value} ({count} runs)" for value, count in counts.items()]
        between = name == "finished" and len(counts) > 1
        rows.append((column_title(name), f"{min(counts)} to {max(counts)}" if between else entire(values, 6)))
    return Sheet("How the runs were made.", ("fact", "value"), tuple(rows), unlike=True)


def _cost(runs: DataFrame) -> tuple[str, ...]:
    timed, spent = runs["seconds"].astype(float), runs["products"].astype(float)
    return (
        whole(len(runs)),
        duration(timed.sum()) if timed.notna().any() else "–",
        duration(timed.median()) if timed.notna().any() else "–",
        whole(spent.sum()) if spent.notna().any() else "–",
        whole(spent.median()) if spent.notna().any() else "–",
    )


def _numbers(table: DataFrame, quantity: str) -> Series:
    rows = table[table["quantity"] == quantity]
    return rows.set_index(["run", "step", "index"])["value"].astype(float)


def _relative(certificate: Series, values: Series) -> Series:
    keys = values.index.intersection(certificate.index)
    return (certificate[keys] / values[keys].abs()).replace(np.inf, np.nan).dropna()


def _share(flags: Series) -> str:
    done, all_flags = int((flags > 0).sum()), len(flags)
    told = share(done, all_flags)
    return Cell(f"{told} ({100 * done / all_flags:.4g} %)", told.values) if all_flags else "–"


def _ordered(values: Series) -> list[object]:
    distinct = list(values.dropna().unique())
    return sorted(distinct) if pd.api.types.is_numeric_dtype(values) else sorted(distinct, key=str)


def _value(name: str, value: object) -> str:
    if name == "regime":
        return regime_title(str(value))
    return (
        number(float(value), 6)
        if isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        else clean(value)
    )


def _cut(rows: list[tuple[str, ...]]) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """The first rows, and one that counts those which are left out."""
    more = len(rows) - MANY
    return tuple(rows[:MANY]), ((f"and {more} more", *[""] * (len(rows[0]) - 1)),) if more > 0 else ()
