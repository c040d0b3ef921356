"""Long tables that other programs wrote, read with bounded memory and without guesses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd
from pandas import DataFrame

from spectra.cli.verdict_files import ASSUMED, Wanted, table_parts
from spectra.fitting.saved.csv_table import end_note
from spectra.fitting.saved.rate_guess import guessed_rate

PARTING = ("data_seed", "regime", "optimizer", "model", "data")
"""Columns that may differ by seed: a seed of the data makes no case of its own, and the others are what is compared."""
LARGEST = 2**53
"""Beyond it neighbouring whole numbers are one and the same number of double precision."""
MOST_ROWS = 5_000_000
"""Rows that may be kept: about a gigabyte, and more than any verdict needs."""


def read_table(path: Path, wanted: Wanted) -> tuple[DataFrame, list[str]]:
    """The rows of a CSV or parquet file that a verdict needs.

    Args:
        path: A file that ends in .csv, .csv.gz or .parquet.
        wanted: Which columns it must have, and which rows are kept.

    Returns:
        A long table, and sentences about columns that were left out: no setting changes within a run, and none is
        different in every run. Values and the needed settings are numbers; other settings are numbers where all of them
        are, and text else.

    Raises:
        ValueError: If it is no such file, lacks a column or a quantity, or holds something else than a number where a
            number must be. The message says where.
    """
    seen = _Seen()
    table, changing = _gathered(path, seen, wanted)
    table, notes = _without_records(_checked(table, path, wanted), changing, wanted)
    notes = [*(end_note(path) if path.suffix == ".csv" else ()), *notes]
    return table, [*_unrated(path, table, wanted), *notes] if seen.unrated and wanted.scale is not None else notes


def _unrated(path: Path, table: DataFrame, wanted: Wanted) -> list[str]:
    """A sentence about the rate of a file that has none; an error where a verdict would use its value, or miss it."""
    if "decay" in table and (table["decay"].fillna(0) != 0).any():
        raise ValueError(
            f"{path}: lacks the column rate, which the stability limit needs beside the column decay: give the column "
            "with the learning rate of every run this name, or add one"
        )
    named = guessed_rate([name for name in table.columns if name not in wanted.columns])
    if named is not None and table[named].nunique() > 1:
        raise ValueError(
            f"{path}: lacks the column rate, and {named} takes {table[named].nunique()} values: if these are learning "
            f"rates, call that column rate, so that they are compared; if not, give {named} another name"
        )
    return ["The table has no column rate: all its runs are taken to have the same one."]


def _gathered(path: Path, seen: _Seen, wanted: Wanted) -> tuple[DataFrame, list[str]]:
    """The kept rows with the settings of their runs, and the columns that change within a run, which are none.

    Settings are kept once for each run: what is held grows with the number of kept values alone.
    """
    kept, settings, rows = list[DataFrame](), list[DataFrame](), 0
    for part in table_parts(path, wanted):
        here = seen.look(part, wanted)
        kept.append(here[[*wanted.columns]])
        fixed = [name for name in part.columns if name not in (*wanted.columns, *seen.changing)]
        settings.append(here[["run", *fixed]].drop_duplicates())
        rows += len(here)
        if rows > MOST_ROWS:
            raise ValueError(
                f"{path}: holds more than {MOST_ROWS} rows of {', '.join(wanted.quantities)} and what accompanies "
                "them; keep fewer checkpoints, or give each regime a file of its own"
            )
    seen.check(path, wanted)
    runs = pd.concat(settings, ignore_index=True).drop(columns=list(seen.changing), errors="ignore").drop_duplicates()
    torn = [name for name in runs.columns[1:] if runs[["run", name]].drop_duplicates().duplicated("run").any()]
    if wanted.compared in (*seen.changing, *torn):
        raise ValueError(
            f"{path}: some run has several values of {wanted.compared}, so names of runs are not unique: give every "
            "training a name of its own in the column run, for example its settings and its seed"
        )
    runs = runs.drop(columns=torn).drop_duplicates()
    return pd.concat(kept, ignore_index=True).merge(runs, on="run", how="left"), [*seen.changing, *torn]


@dataclass
class _Seen:
    """What a file was found to hold while it is read."""

    quantities: set[str] = field(default_factory=set)
    regimes: set[str] = field(default_factory=set)
    changing: list[str] = field(default_factory=list)  # columns that change within a run
    unrated: bool = False  # there is no column rate

    def look(self, part: DataFrame, wanted: Wanted) -> DataFrame:
        """The rows of a part that are kept, with what is assumed in columns that it lacks."""
        self.quantities |= set(part["quantity"].astype(str).unique())
        here = part["quantity"].isin(wanted.kept)
        if wanted.regime is not None:
            self.regimes |= set(part["regime"].astype(str).unique())
            here &= part["regime"].astype(str) == wanted.regime
        settings = [name for name in part.columns if name not in (*wanted.columns, *self.changing)]
        pairs = part.groupby("run")[settings].nunique(dropna=False).max() if settings else pd.Series(dtype=float)
        self.changing += [str(name) for name, most in pairs.items() if most > 1]
        self.unrated |= "rate" not in part
        return part[here].assign(**{name: value for name, value in ASSUMED.items() if name not in part})

    def check(self, path: Path, wanted: Wanted) -> None:
        """Raise ValueError if what is judged was not there."""
        if wanted.regime is not None and wanted.regime not in self.regimes:
            raise ValueError(f"{path}: has no regime {wanted.regime!r}{_there_is(wanted.regime, self.regimes)}")
        for name in wanted.quantities:
            if name not in self.quantities:
                raise ValueError(f"{path}: has no quantity {name!r}{_there_is(name, self.quantities)}")


def _there_is(name: str, present: Iterable[str]) -> str:
    listed = sorted(present)
    if not listed:
        return "; it has no rows"
    near = get_close_matches(name, listed, n=1)
    return f"; it has {', '.join(listed[:20])}" + (f": did you mean {near[0]!r}?" if near else "")


def _checked(table: DataFrame, path: Path, wanted: Wanted) -> DataFrame:
    for name in ("seed", "step", "index"):
        broken = table[(table[name] != table[name].round()) | (table[name].abs() > LARGEST)]
        if len(broken):
            found = f"{path}: {name} is {broken[name].iloc[0]:g} in some row"
            raise ValueError(f"{found}; every row needs a whole number of at most 2^53")
    twice = table[["run", "seed"]].drop_duplicates()
    twice = twice[twice.duplicated("run")]
    if len(twice):
        raise ValueError(
            f"{path}: run {twice['run'].iloc[0]} has several seeds, so names of runs are not unique: give every "
            "training a name of its own in the column run, for example its settings and its seed"
        )
    if wanted.scale is not None:
        _check_sizes(table, path, wanted.scale)
    table = table.astype({"seed": np.int64, "step": np.int64, "index": np.int64, "run": str, "quantity": str})
    return _with_settings(table, [name for name in table.columns if name not in wanted.columns])


def _check_sizes(table: DataFrame, path: Path, scale: str) -> None:
    if not (table[scale] > 0).all() or not (table["rate"] > 0).all():
        raise ValueError(f"{path}: {scale} and rate must be positive in every row")
    sizes = table[scale].unique()
    if len(sizes) < 2:
        listed = ", ".join(f"{size:g}" for size in sizes) or "none"
        raise ValueError(f"{path}: the only {scale} is {listed}; a verdict compares two or more, better four")


def _with_settings(table: DataFrame, names: Sequence[str]) -> DataFrame:
    """The table with its further settings as numbers where all of them are; an empty one is missing."""
    for name in names:
        column = table[name].replace("", np.nan)
        numbers = pd.to_numeric(column, errors="coerce")
        table = table.assign(**{name: column if (numbers.isna() & column.notna()).any() else numbers})
    return table


def _without_records(table: DataFrame, changing: Sequence[str], wanted: Wanted) -> tuple[DataFrame, list[str]]:
    """The table without columns that are different in every run, and sentences about all that are no settings."""
    names, runs = [name for name in table.columns if name not in wanted.columns], table["run"].nunique()
    names = [name for name in names if name != wanted.compared]
    own = [name for name in names if runs > 1 and table[name].nunique(dropna=False) >= runs]
    reasons = dict.fromkeys(changing, "changes within a run") | dict.fromkeys(own, "is different in every run")
    notes = [f"The column {name} {why}: it is no setting, and is left out." for name, why in reasons.items()]
    table = table.drop(columns=own)
    return table, [*notes, *_splitting(table, wanted)]


def _splitting(table: DataFrame, wanted: Wanted) -> list[str]:
    """Sentences about columns that put the seeds into different cases, because all runs of a seed have one value."""
    runs = table.drop_duplicates("run")
    if runs["seed"].is_unique:
        return []
    others = [name for name in table.columns if name not in (*wanted.columns, *PARTING, wanted.compared)]
    found = [
        name
        for name in others
        if runs[name].nunique(dropna=False) > 1 and runs.groupby("seed")[name].nunique(dropna=False).max() == 1
    ]
    return [
        f"The column {name} is the same in all runs of a seed, and splits the {runs['seed'].nunique()} seeds into "
        f"{runs[name].nunique(dropna=False)} cases: remove the column if it is no setting that is to be compared."
        for name in found
    ]
