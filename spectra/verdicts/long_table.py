"""What every verdict demands of a long table before it is used."""

from collections.abc import Sequence
from difflib import get_close_matches

import pandas as pd

MEASURED = ("run", "step", "quantity", "index", "value")


def require_columns(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise ValueError if a column is missing."""
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise ValueError(
            f"the table has no column {', '.join(map(repr, missing))}; it has {', '.join(map(repr, table.columns))}: "
            "pass a long table with one row per run, step, quantity and index, and the settings as further columns"
        )


def require_quantity(table: pd.DataFrame, quantity: str) -> None:
    """Raise ValueError if a quantity was never measured."""
    present = sorted(table["quantity"].unique())
    if quantity not in present:
        near = get_close_matches(quantity, present, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "add it to the measurements of the recipe"
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
    """Raise ValueError if a setting that is put on an axis is not a positive number everywhere."""
    for name in names:
        numbers = pd.to_numeric(table[name], errors="coerce")
        bad = table.loc[~(numbers > 0), name].drop_duplicates()
        if len(bad):
            raise ValueError(
                f"{name} takes the values {', '.join(map(repr, bad.head(5)))}, which are not positive numbers; name a "
                "setting that has a size, and leave out runs without one"
            )


def rows_of(table: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """Rows of one scalar quantity (index 0), in the order of the steps.

    Raises:
        ValueError: If a run has it twice at one step.
    """
    rows = table[(table["quantity"] == quantity) & (table["index"] == 0)].sort_values(["run", "step"])
    twice = rows[rows.duplicated(["run", "step"])]
    if len(twice):
        raise ValueError(
            f"run {twice['run'].iloc[0]} has {quantity!r} twice at step {twice['step'].iloc[0]}; a table that was "
            "joined from several files may hold a run twice: drop the copies"
        )
    return rows


def runs_by_settings(table: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """One row per run with the columns `keys`, run, finished, diverged and last step.

    `finished`: the run has its `diverged` row, which is written last. `diverged`: that row says so.

    Raises:
        ValueError: If two runs agree in all keys, so that one of them would count twice, or if no run is finished.
    """
    runs = table[[*keys, "run"]].drop_duplicates()
    twice = runs[runs.duplicated(list(keys), keep=False)]
    if len(twice):
        first = twice[twice[list(keys)].eq(twice[list(keys)].iloc[0]).all(axis=1)]
        settings = table[table["run"].isin(first["run"])].drop(columns=[*MEASURED, *keys], errors="ignore")
        varying = [name for name in settings.columns if settings[name].nunique(dropna=False) > 1]
        told = ", ".join(f"{key} {first[key].iloc[0]}" for key in keys)
        raise ValueError(
            f"{len(first)} runs share {told}; they differ in {', '.join(varying) or 'no setting of the table'}: select "
            "one value first, because a verdict takes one run for each combination"
        )
    ends = rows_of(table, "diverged")[["run", "step", "value"]].drop_duplicates("run", keep="last")
    if not len(ends):
        raise ValueError(
            "no run of the table has a row of the quantity 'diverged', which every finished run has; without it a run "
            "that was cut off cannot be told from one that ended: add these rows with value 0 or 1"
        )
    ends = ends.rename(columns={"step": "last_step", "value": "diverged"})
    merged = runs.merge(ends, on="run", how="left", validate="one_to_one")
    merged["finished"] = merged["diverged"].notna()
    merged["diverged"] = merged["diverged"].fillna(0) != 0
    return merged.sort_values(list(keys), ignore_index=True)
