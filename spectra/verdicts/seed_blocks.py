"""A long table as blocks: one seed at every size and every checkpoint."""

from dataclasses import dataclass

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
from spectra.verdicts.lost_runs import Loss, loss_of
from spectra.verdicts.size_points import SizePoints, size_points


@dataclass(frozen=True)
class SeedBlocks:
    """Logarithms of a positive quantity for the seeds that have it at every size, and an account of all others."""

    points: SizePoints  # the K sizes, or combinations of two
    seeds: tuple[int, ...]  # (S,), ascending; complete ones only
    steps: tuple[int, ...]  # (T,), ascending; those at which every complete seed has a value at every size
    values: Array  # (S, K, T), natural logarithms
    excluded: pd.DataFrame  # size, seed, reason; and the two columns where two are judged together
    skipped_steps: tuple[int, ...]  # steps at which some complete seed has no value
    all_seeds: int  # seeds in the table, complete or not
    losses: tuple[Loss, ...]  # one for each excluded run in which something happened, which is a result
    ends_told: bool = True  # the table says of every run how it ended; else that was read off the values

    @property
    def lost_runs(self) -> int:
        """Excluded runs that diverged, stopped early or have values without a logarithm."""
        return len(self.losses)

    @property
    def sizes(self) -> tuple[float, ...]:
        """One number per size, ascending; for combinations of two sizes their product."""
        return self.points.sizes


def seed_blocks(table: pd.DataFrame, quantity: str, *, scale: str | tuple[str, str], index: int = 0) -> SeedBlocks:
    """Arrange the logarithms of `quantity` by seed, size and step.

    A seed enters when its run at every size is finished, did not diverge and has positive values only. The runs of a
    seed share its random numbers, so a seed is in at all sizes or at none; every run that is out is in `excluded`.

    Where no run of the table has a row of `diverged`, the ends are read off the values (`runs_by_settings`). A run that
    stops before the others may then have diverged, and counts as lost.

    Args:
        table: Long table of one regime and one rate.
        quantity: Name of a positive quantity.
        scale: Column that holds the size, for example "width", or two columns.
        index: Entry of the quantity, for example 1 for the second eigenvalue.

    Raises:
        ValueError: If columns, the quantity or the index are missing, several regimes or rates are present, a size is
            not a positive number, a seed or step not a whole one, a value no number, two sizes cannot be told apart
            (`size_points`), two runs share size and seed, no seed occurs at two sizes, or a step occurs twice in a run.
        TypeError: If it is no table.
    """
    columns = [scale] if isinstance(scale, str) else list(scale)
    table = long_table(table, [*columns, "seed"])
    require_quantity(table, quantity)
    require_single(table, ["regime", "rate"])
    require_numbers(table, columns)
    runs = runs_by_settings(table, [*columns, "seed"], ended_by=quantity)
    require_repeated(runs, columns)
    points = size_points(runs, tuple(columns))
    places = pd.DataFrame(points.values, columns=columns).assign(place=range(len(points.sizes)))
    runs = runs.merge(places, on=columns)
    rows = rows_of(table, quantity, index=index).merge(runs[["run", "place"]], on="run")
    excluded = _excluded(runs, rows, quantity, points)
    losses = tuple(excluded.pop("loss").dropna())
    everyone = sorted(runs["seed"].unique())
    seeds = [seed for seed in everyone if seed not in set(excluded["seed"])]
    wide = rows[rows["seed"].isin(seeds)].pivot(index=["seed", "place"], columns="step", values="value")
    judged = wide.columns[wide.notna().all(axis=0)]
    values = np.log(wide[judged].to_numpy(dtype=np.float64)).reshape(len(seeds), len(points.sizes), len(judged))
    return SeedBlocks(
        points=points,
        seeds=tuple(int(seed) for seed in seeds),
        steps=tuple(int(step) for step in judged),
        values=values,
        excluded=excluded,
        skipped_steps=tuple(int(step) for step in wide.columns if step not in judged),
        all_seeds=len(everyone),
        losses=losses,
        ends_told=has_ends(table),
    )


def _excluded(runs: pd.DataFrame, rows: pd.DataFrame, quantity: str, points: SizePoints) -> pd.DataFrame:
    """Size, seed, reason and loss of every run that cannot enter, then of the others of the same seeds."""
    by_run = dict(iter(rows.groupby("run")))
    known = {(row["place"], row["seed"]): row for _, row in runs.iterrows()}
    found: list[tuple[int, int, str, Loss | None]] = []
    others: list[tuple[int, int, str, Loss | None]] = []
    for seed in sorted(runs["seed"].unique()):
        bad = []
        for place in range(len(points.sizes)):
            run = known.get((place, seed))
            reason, loss = _unusable(run, by_run.get(run["run"]) if run is not None else None, quantity)
            if reason:
                bad.append(place)
                found.append((place, seed, reason, loss))
        told = f"seed {seed} is incomplete at {points.name} {', '.join(points.labels[place] for place in bad)}"
        others += [(place, seed, told, None) for place in range(len(points.sizes)) if bad and place not in bad]
    listed = pd.DataFrame(found + others, columns=["place", "seed", "reason", "loss"])
    named = points.table().iloc[listed.pop("place").to_numpy(dtype=int)].reset_index(drop=True)
    return pd.concat([named, listed], axis=1)


def _unusable(run: pd.Series | None, rows: pd.DataFrame | None, quantity: str) -> tuple[str, Loss | None]:
    """Why a run cannot enter, empty if it can, and what happened in it, None if that is something around it."""
    if run is None:
        return "there is no such run", None
    reason, loss = loss_of(run)
    if reason:
        return reason, loss
    if rows is None:
        return f"{quantity} was not measured", None
    bad = rows[~(np.isfinite(rows["value"]) & (rows["value"] > 0))]
    if not len(bad):
        return "", None
    value, step = bad["value"].iloc[0], bad["step"].iloc[0]
    if np.isfinite(value):
        return f"{quantity} is {value:g} at step {step} and has no logarithm", Loss.NOT_POSITIVE
    return f"{quantity} is no finite number at step {step}, though the run did not diverge", Loss.NO_NUMBER
