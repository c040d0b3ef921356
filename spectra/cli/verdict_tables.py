"""Long tables that other programs wrote, read with bounded memory and without guesses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd
from pandas import DataFrame

from spectra.verdicts.long_table import MEASURED

CHUNK = 200_000
"""Rows of a file that are read at a time."""
MOST_ROWS = 5_000_000
"""Rows that may be kept: about a gigabyte, and more than any verdict needs."""
ACCOMPANYING = ("_residual", "_error", "_matvecs", "_converged")
ENDS = ("diverged", "loss", "kernel_movement", "weight_movement")
"""Quantities that verdicts use besides the judged one."""


@dataclass(frozen=True)
class Wanted:
    """What is read of a table."""

    quantities: tuple[str, ...]  # that are judged
    scale: str  # column that grows
    regime: str | None = None  # only this one

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that a table must have."""
        named = () if self.regime is None else ("regime",)
        return (*MEASURED[:1], self.scale, "seed", *named, "rate", *MEASURED[1:])

    @property
    def kept(self) -> set[str]:
        """Quantities whose rows are kept."""
        return {*ENDS, *self.quantities, *(f"{name}{end}" for name in self.quantities for end in ACCOMPANYING)}


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
    kind = next((ending for ending in (".parquet", ".csv", ".csv.gz") if path.name.endswith(ending)), None)
    if kind is None:
        raise ValueError(f"{path}: is neither .csv, .csv.gz nor .parquet; save the table as one of these")
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file; check the name")
    parts = _parquet(path, wanted) if kind == ".parquet" else _csv(path, wanted)
    table, changing = _gathered(path, parts, wanted)
    return _without_records(_checked(table, path, wanted), changing, wanted)


def _csv(path: Path, wanted: Wanted) -> Iterator[DataFrame]:
    try:
        # Everything is text at first: what pandas makes of a column would depend on the chunk. An empty field is a
        # missing number, as pandas writes them.
        with pd.read_csv(path, dtype=str, keep_default_na=False, chunksize=CHUNK) as chunks:
            for chunk in chunks:
                _require(path, chunk.columns, wanted)
                numbers = {name: _numbers(chunk, name, path) for name in _numeric(wanted)}
                yield chunk.assign(**numbers)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: is no CSV file with a head line: {str(error).strip()}") from error


def _parquet(path: Path, wanted: Wanted) -> Iterator[DataFrame]:
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            _require(path, file.schema_arrow.names, wanted)
            for batch in file.iter_batches(batch_size=CHUNK):
                chunk = batch.to_pandas()
                yield chunk.assign(**{name: _numbers(chunk, name, path) for name in _numeric(wanted)})
    except pyarrow.ArrowException as error:
        raise ValueError(f"{path}: is no parquet file: {error}") from error


def _numeric(wanted: Wanted) -> tuple[str, ...]:
    return (wanted.scale, "seed", "rate", "step", "index", "value")


def _require(path: Path, columns: Iterable[str], wanted: Wanted) -> None:
    present = [str(name) for name in columns]
    missing = [name for name in wanted.columns if name not in present]
    if not missing:
        return
    wide = [name for name in (*wanted.quantities, "loss") if name in present]
    hint = "spectra verdict --help shows what a table must hold"
    if wide and {"quantity", "value"} & set(missing):
        hint = f"{wide[0]} is a column here: turn columns into rows first, for example with pandas.melt"
    raise ValueError(f"{path}: lacks the column {', '.join(missing)}; it has {', '.join(present[:20])}: {hint}")


def _numbers(chunk: DataFrame, name: str, path: Path) -> pd.Series:
    column = chunk[name]
    numbers = pd.to_numeric(column.replace("", np.nan), errors="coerce")
    told = column.astype(str).str.strip().str.lower()
    wrong = column[numbers.isna() & ~told.isin(["", "nan", "none", "<na>"])]
    if len(wrong):
        line = f"row {int(wrong.index[0]) + 1}"
        raise ValueError(f"{path}: {line}: {name} is {wrong.iloc[0]!r}, which is no number; remove or correct the row")
    empty = numbers.isna() | (~np.isfinite(numbers.astype(float)))
    if name != "value" and empty.any():
        line = f"row {int(empty[empty].index[0]) + 1}"
        raise ValueError(f"{path}: {line}: {name} is empty or not finite; every row needs one")
    return numbers.astype(float)


def _gathered(path: Path, parts: Iterator[DataFrame], wanted: Wanted) -> tuple[DataFrame, list[str]]:
    """The kept rows with the settings of their runs, and the columns that change within a run, which are none.

    Settings are kept once for each run: what is held grows with the number of kept values alone.
    """
    kept, settings, seen, rows = list[DataFrame](), list[DataFrame](), _Seen(), 0
    for part in parts:
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
    runs = runs.drop(columns=torn).drop_duplicates()
    return pd.concat(kept, ignore_index=True).merge(runs, on="run", how="left"), [*seen.changing, *torn]


@dataclass
class _Seen:
    """What a file was found to hold while it is read."""

    quantities: set[str] = field(default_factory=set)
    regimes: set[str] = field(default_factory=set)
    changing: list[str] = field(default_factory=list)  # columns that change within a run

    def look(self, part: DataFrame, wanted: Wanted) -> DataFrame:
        """The rows of a part that are kept."""
        self.quantities |= set(part["quantity"].astype(str).unique())
        here = part["quantity"].isin(wanted.kept)
        if wanted.regime is not None:
            self.regimes |= set(part["regime"].astype(str).unique())
            here &= part["regime"].astype(str) == wanted.regime
        settings = [name for name in part.columns if name not in (*wanted.columns, *self.changing)]
        pairs = part.groupby("run")[settings].nunique(dropna=False).max() if settings else pd.Series(dtype=float)
        self.changing += [str(name) for name, most in pairs.items() if most > 1]
        return part[here]

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
        broken = table[table[name] != table[name].round()]
        if len(broken):
            raise ValueError(f"{path}: {name} is {broken[name].iloc[0]:g} in some row, which is no whole number")
    if not (table[wanted.scale] > 0).all() or not (table["rate"] > 0).all():
        raise ValueError(f"{path}: {wanted.scale} and rate must be positive in every row")
    sizes = table[wanted.scale].unique()
    if len(sizes) < 2:
        listed = ", ".join(f"{size:g}" for size in sizes) or "none"
        raise ValueError(f"{path}: the only {wanted.scale} is {listed}; a verdict compares two or more, better four")
    table = table.astype({"seed": np.int64, "step": np.int64, "index": np.int64, "run": str, "quantity": str})
    return _with_settings(table, [name for name in table.columns if name not in wanted.columns])


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
    own = [name for name in names if runs > 1 and table[name].nunique(dropna=False) >= runs]
    reasons = dict.fromkeys(changing, "changes within a run") | dict.fromkeys(own, "is different in every run")
    notes = [f"The column {name} {why}: it is no setting, and is left out." for name, why in reasons.items()]
    return table.drop(columns=own), notes
