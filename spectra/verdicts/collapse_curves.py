"""Loss curves of all sizes on one axis: the share of the training that is done."""

import numpy as np
import pandas as pd

from spectra.fitting.intervals import Array
from spectra.verdicts.long_table import long_table, require_numbers, require_quantity, rows_of
from spectra.verdicts.seed_blocks import SeedBlocks, seed_blocks


def curves_over_training(table: pd.DataFrame, quantity: str, *, scale: str, floor: float) -> tuple[Array, SeedBlocks]:
    """Logs of loss minus floor at equal shares of the training, by seed and size.

    The training of a size ends at its last step, which may differ between sizes. The times are those of the size with
    the fewest checkpoints; curves of other sizes are interpolated linearly between theirs.

    Returns:
        Times (T,), from 0 to 1, and the blocks, whose `steps` number the times.

    Raises:
        ValueError: If a loss is not above the floor, a size has fewer than three checkpoints, complete runs of one size
            end at different steps, or the table cannot be used (see `seed_blocks`).
    """
    table = long_table(table, [scale, "seed"])
    require_quantity(table, quantity)
    require_numbers(table, [scale])
    rows = rows_of(table, quantity)
    low = rows[rows["value"] <= floor]
    if len(low):
        raise ValueError(
            f"the {quantity} {low['value'].iloc[0]:g} of run {low['run'].iloc[0]} at step {low['step'].iloc[0]} is not "
            f"above the floor {floor:g}; name a floor below all of them, the loss that no size can go below"
        )
    rows = rows.assign(time=rows["step"] / rows.groupby(scale)["step"].transform("max"))
    times = min((np.sort(group["time"].unique()) for _, group in rows.groupby(scale)), key=len)
    if len(times) < 3:
        raise ValueError(
            f"some {scale} has {len(times)} checkpoints of {quantity}, and a curve needs three; measure more often"
        )
    moved = [_at(times, run, floor) for _, run in rows.groupby("run")]
    ends = table[table["quantity"] == "diverged"]
    blocks = seed_blocks(pd.concat([*moved, ends], ignore_index=True), quantity, scale=scale)
    if blocks.seeds and times.size - 1 not in blocks.steps:
        raise ValueError(
            f"runs of one {scale} end at different steps although none diverged; compare runs of equal length at each "
            f"{scale}, whose curves can be divided by their ends"
        )
    return times, blocks


def _at(times: Array, run: pd.DataFrame, floor: float) -> pd.DataFrame:
    """One run at the given times; those beyond its end are left out. The steps are numbers of times."""
    known = run["time"].to_numpy(dtype=np.float64)
    places = np.flatnonzero((times >= known[0]) & (times <= known[-1]))
    values = np.interp(times[places], known, run["value"].to_numpy(dtype=np.float64)) - floor
    settings = run.drop(columns=["time", "step", "value"]).iloc[np.zeros(places.size, dtype=int)]
    return settings.assign(step=places, value=values)
