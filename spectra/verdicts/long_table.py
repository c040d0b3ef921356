"""What every verdict demands of a long table before it is used."""

from collections.abc import Sequence
from difflib import get_close_matches

import numpy as np
import pandas as pd

from spectra.verdicts.plain_columns import plain_columns
from spectra.verdicts.run_names import require_own_names

MEASURED = ("run", "step", "quantity", "index", "value")


def require_columns(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise ValueError if a column is missing."""
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise ValueError(
            f"the table has no column {', '.join(map(repr, missing))}; it has {', '.join(map(repr, table.columns))}: "
            "pass a long table with one row per run, step, quantity and index, and the settings as further columns"
        )


def long_table(table: pd.DataFrame, settings: Sequence[str]) -> pd.DataFrame:
    """The table in plain numpy columns (`plain_columns`), with the index 0 everywhere if it has no such column.

    Args:
        table: One row per run, step, quantity and index.
        settings: Columns of numbers that it must have besides.

    Raises:
        TypeError: If it is no table.
        ValueError: If it has no rows or lacks a column, or if one that must hold numbers holds something else.
    """
    if not isinstance(table, pd.DataFrame):
        raise TypeError(
            f"a {type(table).__name__} was given; a verdict needs a pandas DataFrame with one row per run, step, "
            "quantity and index: make one, for example with pandas.DataFrame(rows)"
        )
    require_columns(table, [*settings, *(name for name in MEASURED if name != "index")])
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise ValueError(f"the table has the column {twice[0]!r} twice; keep one of them")
    if not len(table):
        raise ValueError("the table has no rows; check the selection that it is left of")
    table = plain_columns(table, {*settings, "step", "index", "value"})
    return table if "index" in table.columns else table.assign(index=0)


def require_quantity(table: pd.DataFrame, quantity: str) -> None:
    """Raise ValueError if a quantity was never measured."""
    present = sorted(table["quantity"].unique())
    if quantity not in present:
        near = get_close_matches(str(quantity), present, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "check the name, or measure it"
        raise ValueError(f"the table has no quantity {quantity!r}; it has {', '.join(map(repr, present))}: {hint}")


def require_single(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise ValueError if one of the settings, where it is a column, takes several values."""
    for name in names:
        values = [] if name not in table.columns else list(table[name].drop_duplicates())
        if len(values) > 1:
            raise ValueError(
                f"the table holds {len(values)} values of {name} ({', '.join(map(str, values))}); a verdict is about "
                f"one: select it first, for example table[table[{name!r}] == {values[0]!r}]"
            )


def require_numbers(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise ValueError if a setting that is put on an axis is not a positive, finite number everywhere."""
    for name in names:
        numbers = pd.to_numeric(table[name], errors="coerce")
        bad = table.loc[~(numbers.gt(0) & numbers.lt(np.inf)), name].drop_duplicates()
        if len(bad):
            raise ValueError(
                f"{name} takes the values {', '.join(map(repr, bad.head(5)))}, which are not positive, finite "
                "numbers; name a setting that has a size, and leave out runs without one"
            )


def rows_of(table: pd.DataFrame, quantity: str, *, index: int = 0) -> pd.DataFrame:
    """Rows of one entry of a quantity, in the order of the steps; a scalar has the index 0 only.

    Raises:
        ValueError: If the quantity has no such index, or a run has it twice at one step.
    """
    named = table[table["quantity"] == quantity]
    rows = named[named["index"] == index].sort_values(["run", "step"])
    if len(named) and not len(rows):
        known = sorted(named["index"].unique())
        raise ValueError(
            f"{quantity!r} has no index {index!r}; it has {', '.join(f'{one:g}' for one in known[:20])}: name one of "
            "these, or measure more of them"
        )
    twice = rows[rows.duplicated(["run", "step"])]
    if len(twice):
        raise ValueError(
            f"run {twice['run'].iloc[0]} has {quantity!r} twice at step {twice['step'].iloc[0]}; a table that was "
            "joined from several files may hold a run twice: drop the copies"
        )
    return rows


def require_repeated(runs: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise ValueError if there are several sizes and no seed occurs at two of them, so that nothing can be compared.

    Args:
        runs: One row per run.
        columns: What holds the size; one column or two.
    """
    sizes = runs[[*columns, "seed"]].drop_duplicates()
    if len(sizes[[*columns]].drop_duplicates()) < 2 or len(sizes) < 3 or sizes["seed"].duplicated().any():
        return
    scale = " × ".join(columns)
    raise ValueError(
        f"no seed occurs at two values of {scale}, and runs of one seed are what is compared: number the repetitions "
        f"0, 1, 2, ... alike at every {scale}, in the column 'seed'"
    )


def has_ends(table: pd.DataFrame) -> bool:
    """Whether runs say how they ended, in rows of the quantity `diverged`."""
    return bool((table["quantity"] == "diverged").any())


def runs_by_settings(table: pd.DataFrame, keys: Sequence[str], *, ended_by: str | None = None) -> pd.DataFrame:
    """One row per run with the columns `keys`, run, finished, diverged, last_step and unfinished.

    `finished`: the run has its `diverged` row, which is written last. `diverged`: that row says so. `unfinished`: why
    it is not finished, in words; empty where it is.

    A table that was made elsewhere may have no such rows at all. With `ended_by`, the name of a quantity, the ends are
    then read off it: a run diverged where that quantity is first not finite, and is finished when it has it up to the
    last step that any run has. A run that stops earlier is neither; its `last_step` says where it stopped.

    Raises:
        ValueError: If two runs agree in all keys, so that one of them would count twice, two that differ in a key have
            one name, or no run is finished.
    """
    runs = table[[*keys, "run"]].drop_duplicates()
    require_own_names(runs, keys)
    twice = runs[runs.duplicated(list(keys), keep=False)]
    if len(twice):
        first = twice[twice[list(keys)].eq(twice[list(keys)].iloc[0]).all(axis=1)]
        settings = table[table["run"].isin(first["run"])].drop(columns=[*MEASURED, *keys], errors="ignore")
        varying = [name for name in settings.columns if settings[name].nunique(dropna=False) > 1]
        told = ", ".join(f"{key} {str(first[key].iloc[0]).removesuffix('.0')}" for key in keys)
        how = f"{', '.join(varying)}: select one value first" if varying else "no setting: drop one"
        raise ValueError(
            f"{len(first)} runs share {told}; they differ in {how}, because a verdict takes one run of each kind"
        )
    seen = "" if ended_by is None or has_ends(table) else ended_by
    ends = _seen_ends(table, seen) if seen else _told_ends(table)
    merged = runs.merge(ends, on="run", how="left", validate="one_to_one")
    merged["finished"] = merged["diverged"].notna()
    missing = f"{seen} was not measured" if seen else "not finished: the run has no `diverged` row"
    merged["unfinished"] = _unfinished(merged, missing)
    merged["diverged"] = merged["diverged"].fillna(0) != 0
    return merged.sort_values(list(keys), ignore_index=True)


def _unfinished(runs: pd.DataFrame, missing: str) -> list[str]:
    """Why runs are not finished; empty where they are."""
    reach = runs["last_step"].max()
    return [
        "" if finished else missing if np.isnan(step) else f"stops at step {step:g}, others reach {reach:g}"
        for finished, step in zip(runs["finished"], runs["last_step"], strict=True)
    ]


def _told_ends(table: pd.DataFrame) -> pd.DataFrame:
    """Run, last_step and diverged from the rows of `diverged`."""
    if not has_ends(table):
        raise ValueError(
            "no run of the table has a row of the quantity 'diverged', which every finished run has; without it a run "
            "that was cut off cannot be told from one that ended: add these rows with value 0 or 1"
        )
    ends = rows_of(table, "diverged")[["run", "step", "value"]].dropna().drop_duplicates("run", keep="last")
    return ends.rename(columns={"step": "last_step", "value": "diverged"})


def _seen_ends(table: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """Run, last_step and diverged (nan where the run stops early) from the values of a quantity, any index."""
    rows = table.loc[table["quantity"] == quantity, ["run", "step", "value"]]
    finite = pd.Series(np.isfinite(rows["value"].to_numpy(dtype=np.float64)), index=rows.index)
    broken = rows[~finite].groupby("run")["step"].min()
    last = rows.groupby("run")["step"].max()
    ends = pd.DataFrame({"last_step": broken.reindex(last.index).fillna(last)})
    ends["diverged"] = np.where(last.index.isin(broken.index), 1.0, np.where(last == last.max(), 0.0, np.nan))
    return ends.rename_axis("run").reset_index()
