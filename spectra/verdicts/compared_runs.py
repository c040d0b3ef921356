"""Which runs of a long table are compared with which: those that agree in all settings but one."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import isclose

import pandas as pd

from spectra.verdicts.long_table import MEASURED, rows_of, runs_by_settings
from spectra.verdicts.pairing import ENTRIES, NEVER, Pairing
from spectra.verdicts.run_names import require_own_names

RESULTS = (
    "reference", "compared", "pairs", "unpaired", "lost", "reference_mean", "mean", "change", "low", "high", "level",
    "word", "sentence",
)  # fmt: skip
"""Columns of what is found, beside those of the settings."""
RESERVED = (*RESULTS, "seeds", "reason", "comparison", "case", "panel", "by", "at", "form", "margin")
"""Names that a setting must not have in tables of comparisons: it is called `level_setting`, say."""
# No setting has a space in its name.
COMBINATION, PLACE = "combination of settings", "place of the value"


@dataclass(frozen=True)
class ComparedRuns:
    """Runs by what tells them apart."""

    pairing: Pairing
    values: tuple[Hashable, ...]  # what is compared, the reference first
    settings: tuple[str, ...]  # that tell combinations apart, in the order of the table; see `RESERVED`
    combinations: pd.DataFrame  # one row for each, with the columns `settings`
    runs: pd.DataFrame  # run, combination (row above), place (among the values), seed, finished, diverged, ...
    along: tuple[str, ...]  # settings that change together with what is compared

    def labels(self, *places: int) -> tuple[str, ...]:
        """Some of the compared values in words."""
        return tuple(self.pairing.label(self.values[place]) for place in places)


def compared_runs(table: pd.DataFrame, pairing: Pairing) -> ComparedRuns:
    """Group the runs of a table by all settings but the compared one.

    Settings that have one value for each compared value go along with it (beta1, where optimizers are compared): they
    part no pairs. Seeds of the data of which every seed of a run has one do not either.

    Args:
        table: Long table, of `long_table`.
        pairing: What is asked.

    Raises:
        ValueError: If the table has no such column or value, or only one, two runs agree in everything, or two have one
            name.
    """
    one = pairing.by in table and pairing.by not in ENTRIES
    require_own_names(table, ["seed", *([pairing.by] if one else [])])
    runs = table.drop_duplicates("run").drop(columns=[name for name in MEASURED if name != "run"])
    runs = runs.astype(object).where(runs.notna(), None)
    values = _values(table, runs, pairing)
    if pairing.by in ENTRIES:
        runs = runs.assign(**{PLACE: 0})
    else:
        runs = runs.assign(**{PLACE: [_place(value, values) for value in runs[pairing.by]]})
        runs = runs[runs[PLACE] >= 0]
    names, along = _settings(runs, pairing)
    found: dict[tuple[Hashable, ...], int] = {}
    codes = [found.setdefault(tuple(run[name] for name in names), len(found)) for run in runs.to_dict("records")]
    runs = runs.assign(**{COMBINATION: codes})
    _require_single(runs, pairing, names)
    keys = [COMBINATION, PLACE, "seed"]
    coded = table.drop(columns="seed").merge(runs[["run", *keys]], on="run").astype(dict.fromkeys(keys, int))
    ends = runs_by_settings(coded, keys, ended_by=pairing.quantity)
    shown = [f"{name}_setting" if name in RESERVED else name for name in names]
    combinations = pd.DataFrame(list(found), columns=shown)
    ends = ends.rename(columns={COMBINATION: "combination", PLACE: "place"})
    return ComparedRuns(pairing, values, tuple(shown), combinations, ends, tuple(along))


def _settings(runs: pd.DataFrame, pairing: Pairing) -> tuple[list[str], list[str]]:
    """The settings that part pairs, and those that go along with what is compared."""
    names = [str(name) for name in runs if name not in (pairing.by, "run", "seed", PLACE)]
    names = [name for name in names if runs[name].map(str).nunique() > 1]
    if "data_seed" in names and not _parted(runs, [*names, PLACE, "seed"], "data_seed"):
        names.remove("data_seed")
    along = [] if pairing.by in ENTRIES else [name for name in names if not _parted(runs, [PLACE, name], name)]
    return [name for name in names if name not in along], along


def _values(table: pd.DataFrame, runs: pd.DataFrame, pairing: Pairing) -> tuple[Hashable, ...]:
    """What is compared: what is asked, or all that there is."""
    by = pairing.by
    if by in ENTRIES:
        rows = table if by == "quantity" else table[table["quantity"] == pairing.quantity]
        rows = rows_of(table, pairing.quantity, index=pairing.index) if by == "step" else rows
        present = sorted(rows[by].unique()) if by == "quantity" else sorted(int(value) for value in rows[by].unique())
    else:
        if by not in runs or by in NEVER:
            settings = [str(name) for name in runs if name not in NEVER]
            near = get_close_matches(by, settings, n=1)
            hint = f": did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"the table has no setting {by!r}; it has {', '.join(map(repr, settings))}{hint}")
        present = list(dict.fromkeys(runs[by]))
        if all(isinstance(value, (int, float)) for value in present):
            present = sorted(present)
    values = pairing.values or tuple(present)
    absent = [value for value in values if _place(value, present) < 0]
    listed = ", ".join(map(str, present[:20]))
    if absent:
        raise ValueError(
            f"the table has no {by} {', '.join(map(str, absent))}; it has {listed}: finish or add these runs"
        )
    if len(values) < 2:
        raise ValueError(f"the only {by} in the table is {listed}; a comparison takes two values or more")
    return values


def _place(value: object, values: Sequence[object]) -> int:
    """Where a value stands among others; -1 if it does not."""
    for place, other in enumerate(values):
        numbers = isinstance(value, (int, float)) and isinstance(other, (int, float))
        if isclose(value, other) if numbers else value == other:  # type: ignore[arg-type]
            return place
    return -1


def _parted(runs: pd.DataFrame, keys: Sequence[str], name: str) -> bool:
    """Whether runs that agree in the keys, but for this setting, differ in it."""
    distinct = runs[list(keys)].drop_duplicates()
    return bool(distinct.duplicated([key for key in keys if key != name]).any())


def _require_single(runs: pd.DataFrame, pairing: Pairing, names: Sequence[str]) -> None:
    twice = runs[runs.duplicated([COMBINATION, PLACE, "seed"], keep=False)]
    if len(twice):
        first = twice.iloc[0]
        shown = ["seed", *names] if pairing.by in ENTRIES else [pairing.by, "seed", *names]
        told = ", ".join(f"{name} {first[name]}" for name in shown)
        raise ValueError(
            f"{len(twice)} runs agree in all settings with another ({told}); drop the copies, or number seeds apart"
        )
