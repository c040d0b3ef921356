"""A long table as blocks: one seed at every size and every checkpoint."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spectra.verdicts.long_table import (
    MEASURED,
    require_columns,
    require_numbers,
    require_quantity,
    require_single,
    rows_of,
    runs_by_settings,
)


@dataclass(frozen=True)
class SeedBlocks:
    """Logarithms of a positive quantity for the seeds that have it at every size, and an account of all others."""

    sizes: tuple[float, ...]  # (K,), ascending
    seeds: tuple[int, ...]  # (S,), ascending; complete ones only
    steps: tuple[int, ...]  # (T,), ascending; those at which every complete seed has a value at every size
    values: NDArray[np.float64]  # (S, K, T), natural logarithms
    excluded: pd.DataFrame  # size, seed, reason
    skipped_steps: tuple[int, ...]  # steps at which some complete seed has no value
    all_seeds: int  # seeds in the table, complete or not
    lost_runs: int  # excluded runs that diverged or left the positive numbers: what happened in them is a result


def seed_blocks(table: pd.DataFrame, quantity: str, *, scale: str) -> SeedBlocks:
    """Arrange the logarithms of `quantity` by seed, size and step.

    A seed enters when its run at every size is finished, did not diverge and has positive values only. The runs of a
    seed share its random numbers, so a seed is in at all sizes or at none; every run that is out is in `excluded`.

    Args:
        table: Long table of one regime and one rate.
        quantity: Name of a positive quantity; its index 0 is used.
        scale: Column that holds the size, for example "width".

    Raises:
        ValueError: If columns or the quantity are missing, several regimes or rates are present, a size is not a
            positive number, two runs share size and seed, a step occurs twice in a run, or no run is finished.
    """
    require_columns(table, [scale, "seed", *MEASURED])
    require_quantity(table, quantity)
    require_single(table, ["regime", "rate"])
    require_numbers(table, [scale])
    runs = runs_by_settings(table, [scale, "seed"])
    rows = rows_of(table, quantity)
    excluded = _excluded(runs, rows, quantity, scale)
    lost = int(excluded.pop("lost").sum())
    everyone, sizes = sorted(runs["seed"].unique()), sorted(runs[scale].unique())
    seeds = [seed for seed in everyone if seed not in set(excluded["seed"])]
    wide = rows[rows["seed"].isin(seeds)].pivot(index=["seed", scale], columns="step", values="value")
    judged = wide.columns[wide.notna().all(axis=0)]
    values = np.log(wide[judged].to_numpy(dtype=np.float64)).reshape(len(seeds), len(sizes), len(judged))
    return SeedBlocks(
        sizes=tuple(float(size) for size in sizes),
        seeds=tuple(int(seed) for seed in seeds),
        steps=tuple(int(step) for step in judged),
        values=values,
        excluded=excluded,
        skipped_steps=tuple(int(step) for step in wide.columns if step not in judged),
        all_seeds=len(everyone),
        lost_runs=lost,
    )


def _excluded(runs: pd.DataFrame, rows: pd.DataFrame, quantity: str, scale: str) -> pd.DataFrame:
    """Size, seed, reason and lost of every run that cannot enter, then of the others of the same seeds."""
    by_run = dict(iter(rows.groupby("run")))
    known = {(row[scale], row["seed"]): row for _, row in runs.iterrows()}
    sizes = sorted(runs[scale].unique())
    found: list[tuple[float, int, str, bool]] = []
    others: list[tuple[float, int, str, bool]] = []
    for seed in sorted(runs["seed"].unique()):
        bad = []
        for size in sizes:
            run = known.get((size, seed))
            unusable = "there is no such run" if run is None else _unusable(run, by_run.get(run["run"]), quantity)
            lost = "" if run is None or unusable else _lost(run, by_run.get(run["run"]), quantity)
            if unusable or lost:
                bad.append(size)
                found.append((size, seed, unusable or lost, bool(lost)))
        told = f"seed {seed} is incomplete at {scale} {', '.join(f'{size:g}' for size in bad)}"
        others += [(size, seed, told, False) for size in sizes if bad and size not in bad]
    return pd.DataFrame(found + others, columns=["size", "seed", "reason", "lost"])


def _unusable(run: pd.Series, rows: pd.DataFrame | None, quantity: str) -> str:
    """Why a run tells nothing yet; empty if it does."""
    if not run["finished"]:
        return "not finished: the run has no `diverged` row"
    return f"{quantity} was not measured" if rows is None and not run["diverged"] else ""


def _lost(run: pd.Series, rows: pd.DataFrame | None, quantity: str) -> str:
    """What happened in a run that has no logarithms to the end; empty if it has."""
    if run["diverged"]:
        return f"diverged at step {run['last_step']:g}"
    if rows is None:
        return ""
    bad = rows[~(np.isfinite(rows["value"]) & (rows["value"] > 0))]
    if len(bad):
        return f"{quantity} is {bad['value'].iloc[0]:g} at step {bad['step'].iloc[0]:g} and has no logarithm"
    return ""
