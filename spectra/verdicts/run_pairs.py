"""A long table as pairs: values of one seed, from runs that differ in one setting alone."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import product
from math import log, nan
from typing import Any

import numpy as np
import pandas as pd

from spectra.verdicts.compared_runs import ComparedRuns
from spectra.verdicts.long_table import rows_of
from spectra.verdicts.lost_runs import Loss, loss_of
from spectra.verdicts.pairing import ENTRIES, LAST, Pairing

PAIR = ["combination", "place", "seed"]


@dataclass(frozen=True)
class _Cell:
    """What one run has to say."""

    value: float  # nan where it has none that can be used
    reason: str = ""  # why not; empty where it has
    loss: Loss | None = None  # what happened in the run; None where something around it did


ABSENT = _Cell(nan, "there is no such run")


def cells(table: pd.DataFrame, runs: ComparedRuns, pairing: Pairing) -> pd.DataFrame:
    """One row for every value that is compared: combination, place (among the compared values), seed, value, reason.

    Args:
        table: Long table, of `long_table`.
        runs: Which runs are compared, of `compared_runs` of the same table.
        pairing: What is asked.

    Returns:
        The column `loss` besides, what happened in the run (None: nothing, or something around it). `value` is nan, and
        `reason` is not empty, where a run has none that can be used.
    """
    found = _values(table, pairing)
    told = []
    for run in runs.runs.to_dict("records"):
        places = range(len(runs.values)) if pairing.by in ENTRIES else [run["place"]]
        for place in places:
            own = runs.values[place] if pairing.by in ENTRIES else None
            if pairing.by == "quantity" and (run["run"], own) not in found and run["finished"] and not run["diverged"]:
                continue  # a recipe may measure it in some of its cases alone
            cell = _cell(run, found.get((run["run"], own)), pairing, own)
            told.append((run["combination"], place, run["seed"], cell.value, cell.reason, cell.loss))
    return pd.DataFrame(told, columns=[*PAIR, "value", "reason", "loss"])


def pairs(found: pd.DataFrame, runs: ComparedRuns, pairing: Pairing) -> pd.DataFrame:
    """One row for each combination, compared value but the first, and seed of either of the two, if both have runs.

    Args:
        found: The compared values, of `cells`.
        runs: Which runs are compared.
        pairing: What is asked.

    Returns:
        Columns combination, place, seed, reference, value, change (log ratio or difference; nan without a pair), reason
        (empty with one), losses (a tuple).
    """
    known: dict[tuple[int, int], dict[int, _Cell]] = {}
    for combination, place, seed, *cell in found.itertuples(index=False, name=None):
        known.setdefault((combination, place), {})[seed] = _Cell(*cell)
    told = []
    for combination, place in product(range(len(runs.combinations)), range(1, len(runs.values))):
        one, other = (known.get((combination, each), {}) for each in (0, place))
        for seed in sorted({*one, *other}) if one and other else ():
            pair = _pair(one.get(seed, ABSENT), other.get(seed, ABSENT), pairing, runs.labels(0, place))
            told.append((combination, place, seed, *pair))
    return pd.DataFrame(told, columns=[*PAIR, "reference", "value", "change", "reason", "losses"])


def _pair(
    first: _Cell, second: _Cell, pairing: Pairing, labels: tuple[str, ...]
) -> tuple[float, float, float, str, tuple[Loss, ...]]:
    both = list(zip(labels, (first, second), strict=True))
    reason = "; ".join(f"{label}: {cell.reason}" for label, cell in both if cell.reason)
    losses = tuple(cell.loss for _, cell in both if cell.loss is not None)
    change = nan
    if not reason:
        ratio = pairing.form == "ratio"
        change = log(second.value) - log(first.value) if ratio else second.value - first.value
        size = max(1.0, abs(log(first.value))) if ratio else max(abs(first.value), abs(second.value))
        change = 0.0 if abs(change) <= 1e-12 * size else change  # rounding is no difference
    return first.value, second.value, change, reason, losses


def _values(table: pd.DataFrame, pairing: Pairing) -> dict[tuple[str, object], float]:
    """Values by run, and by step, index or quantity where these are compared (None else)."""
    names = pairing.values if pairing.by == "quantity" else (pairing.quantity,)
    indices = table.loc[table["quantity"] == pairing.quantity, "index"].unique()
    wanted = indices if pairing.by == "index" else [pairing.index]
    rows = pd.concat([rows_of(table, str(name), index=index) for name, index in product(names, wanted)])
    if pairing.by != "step":
        at_last = rows["step"] == rows.groupby(["run", "quantity", "index"])["step"].transform("max")
        rows = rows[at_last if pairing.at == LAST else rows["step"] == pairing.at]
    own = list(rows[pairing.by]) if pairing.by in ENTRIES else [None] * len(rows)
    return dict(zip(zip(rows["run"], own, strict=True), rows["value"].astype(float), strict=True))


def _cell(run: Mapping[Hashable, Any], value: float | None, pairing: Pairing, own: object) -> _Cell:
    reason, loss = loss_of(run)
    if reason:
        return _Cell(nan, reason, loss)
    name = own if pairing.by == "quantity" else pairing.quantity
    if value is None:
        entry = own is not None and pairing.by != "quantity"
        where = f" at {pairing.by} {own}" if entry else f" at step {pairing.at}" if pairing.at != LAST else ""
        return _Cell(nan, f"{name} was not measured{where}")
    if not np.isfinite(value):
        return _Cell(nan, f"{name} is no finite number, though the run did not diverge", Loss.NO_NUMBER)
    if pairing.form == "ratio" and value <= 0:
        return _Cell(nan, f"{name} is {value:g} and has no logarithm", Loss.NOT_POSITIVE)
    return _Cell(value)
