"""A long table as blocks for tuning: one seed at every size and every learning rate, one number per run."""

from dataclasses import dataclass
from math import inf

import numpy as np
import pandas as pd

from spectra.fitting.intervals import Array
from spectra.verdicts.long_table import (
    has_ends,
    long_table,
    require_numbers,
    require_quantity,
    require_repeated,
    require_single,
    rows_of,
    runs_by_settings,
)

CRITERIA = ("mean_log_loss", "final_log_loss")


@dataclass(frozen=True)
class RateBlocks:
    """The criterion by seed, size and rate for the seeds that have it everywhere, and an account of all others."""

    sizes: tuple[float, ...]  # (K,), ascending
    seeds: tuple[int, ...]  # (S,), ascending; complete ones only
    rates: tuple[Array, ...]  # K grids, ascending: the rates tried at each size
    values: tuple[Array, ...]  # K arrays (S, rates of that size), nats; inf where the run diverged
    excluded: pd.DataFrame  # size, rate, seed, reason
    all_seeds: int  # seeds that were run on the whole grid of rates, complete or not
    elsewhere: int = 0  # further seeds, which were run at some of the rates only, at whatever size
    ends_seen: bool = False  # the table does not say which runs diverged: it was read off their losses


def rate_blocks(table: pd.DataFrame, criterion: str, *, scale: str) -> RateBlocks:
    """Arrange a criterion by seed, size and rate.

    `mean_log_loss` is the mean over the recorded steps of the log of the loss, every step with the same weight;
    `final_log_loss` is the log of the loss at the last recorded step. A run that diverged, or whose loss is not
    finite, counts as infinite: at large rates divergence is a result. In a table without any `diverged` rows the ends
    of runs are read off their losses; a rate of a size at which every run stops before others do is then left out, as
    if it had not been tried, because nothing says that these runs diverged. A seed enters when it has a finished run at
    every size and rate that any seed was run at. Seeds that miss a rate at all sizes were meant for something else,
    such as more repetitions at one rate; they are counted and left out, unless no other seed is there.

    Raises:
        ValueError: If columns or the loss are missing, the criterion is unknown, several regimes are present, a size
            or rate is not a positive number, two runs share size, rate and seed, no run is finished, a loss is zero
            or negative, no seed occurs at two sizes, or the runs recorded their losses at different steps.
        TypeError: If it is no table.
    """
    if criterion not in CRITERIA:
        raise ValueError(f"there is no criterion {criterion!r}; use one of {', '.join(CRITERIA)}")
    table = long_table(table, [scale, "rate", "seed"])
    require_quantity(table, "loss")
    require_single(table, ["regime"])
    require_numbers(table, [scale, "rate"])
    runs = runs_by_settings(table, [scale, "rate", "seed"], ended_by="loss")
    require_repeated(runs, [scale])
    runs["criterion"] = runs["run"].map(_criteria(runs, rows_of(table, "loss"), criterion))
    runs.loc[runs["diverged"], "criterion"] = inf
    runs, elsewhere = _on_the_grid(runs)
    runs, stopped = (runs, runs.iloc[:0]) if has_ends(table) else _without_stopped(runs, scale)
    everyone = sorted(runs["seed"].unique())
    excluded = _excluded(runs, everyone, scale)
    seeds = [seed for seed in everyone if seed not in set(excluded["seed"])]
    grids, values = [], []
    for _, group in runs.groupby(scale):
        wide = group.pivot(index="seed", columns="rate", values="criterion")
        grids.append(wide.columns.to_numpy(dtype=np.float64))
        values.append(wide.loc[seeds].to_numpy(dtype=np.float64))
    return RateBlocks(
        sizes=tuple(float(size) for size in sorted(runs[scale].unique())),
        seeds=tuple(int(seed) for seed in seeds),
        rates=tuple(grids),
        values=tuple(values),
        excluded=pd.concat([_listed(stopped, scale), excluded], ignore_index=True),
        all_seeds=len(everyone),
        elsewhere=elsewhere,
        ends_seen=not has_ends(table),
    )


def _on_the_grid(runs: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Runs of those seeds that have every rate at some size, and how many seeds have not; all runs if none has."""
    rates = runs.groupby("seed")["rate"].nunique()
    whole = set(rates.index[rates == runs["rate"].nunique()])
    return (runs[runs["seed"].isin(whole)], len(rates) - len(whole)) if whole else (runs, 0)


def _without_stopped(runs: pd.DataFrame, scale: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Runs but for those of a size and rate at which none is finished, and those; nothing is left out if all stop."""
    kept = runs.groupby([scale, "rate"])["finished"].transform("any")
    if not kept.any():
        return runs, runs.iloc[:0]
    reason = (
        runs["unfinished"] + ", like all runs of this rate, which is left out: add rows of `diverged` if they diverged"
    )
    return runs[kept], runs.assign(reason=reason)[~kept]


def _criteria(runs: pd.DataFrame, losses: pd.DataFrame, criterion: str) -> dict[str, float]:
    """The criterion of every finished run that did not diverge and has losses, by run."""
    usable = losses[losses["run"].isin(runs.loc[runs["finished"] & ~runs["diverged"], "run"])]
    infinite = set(usable.loc[~np.isfinite(usable["value"]), "run"])
    usable = usable[~usable["run"].isin(infinite)]
    if criterion == "final_log_loss":
        usable = usable.drop_duplicates("run", keep="last")
    bad = usable[usable["value"] <= 0]
    if len(bad):
        raise ValueError(
            f"run {bad['run'].iloc[0]} has the loss {bad['value'].iloc[0]:g} at step {bad['step'].iloc[0]}, which has "
            "no logarithm: the task was fitted to the last digit. Stop earlier, measure the loss on more examples or "
            "add noise to the labels, so that a loss is left to compare"
        )
    steps = usable.groupby("run")["step"].agg(tuple)
    if steps.nunique() > 1:
        first, other = steps.iloc[0], next(one for one in steps if one != steps.iloc[0])
        raise ValueError(
            f"the runs recorded their losses at different steps: {steps.index[0]} at {len(first)} steps up to "
            f"{first[-1]}, {steps[steps == other].index[0]} at {len(other)} steps up to {other[-1]}; compare runs of "
            "equal steps and equal checkpoints"
        )
    found = np.log(usable["value"]).groupby(usable["run"]).mean().to_dict()
    return {**{str(run): float(value) for run, value in found.items()}, **dict.fromkeys(map(str, infinite), inf)}


def _excluded(runs: pd.DataFrame, everyone: list[int], scale: str) -> pd.DataFrame:
    """Size, rate, seed and reason of every missing or unusable run of the grid, then the seeds that this leaves out."""
    cells = runs[[scale, "rate"]].drop_duplicates()
    grid = cells.merge(pd.DataFrame({"seed": everyone}), how="cross")
    full = grid.merge(runs, on=[scale, "rate", "seed"], how="left").sort_values([scale, "rate", "seed"])
    reason = pd.Series("", index=full.index, dtype=object)
    reason[full["criterion"].isna()] = "the loss was not measured"
    unfinished = full["unfinished"].fillna("").ne("")
    reason[unfinished] = full.loc[unfinished, "unfinished"]
    reason[full["run"].isna()] = "there is no such run"
    incomplete = set(full.loc[reason != "", "seed"])
    others = full["seed"].isin(incomplete) & (reason == "")
    reason = reason.mask(others, "seed " + full["seed"].astype(str) + " is incomplete")
    told = full.assign(reason=reason, other=others)[reason != ""].sort_values("other", kind="stable")
    return _listed(told, scale)


def _listed(runs: pd.DataFrame, scale: str) -> pd.DataFrame:
    columns = ["size", "rate", "seed", "reason"]
    return runs.rename(columns={scale: "size"}).reindex(columns=columns).reset_index(drop=True)
