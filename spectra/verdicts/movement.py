"""Whether networks learn features at all: how far kernel and weights move from their start (part of test D)."""

import pandas as pd

from spectra.fitting.intervals import half_width
from spectra.verdicts.fade_exponent import fade_exponent
from spectra.verdicts.long_table import rows_of
from spectra.verdicts.seed_blocks import SeedBlocks

MOVEMENTS = ("kernel_movement", "weight_movement")
COLUMNS = ["quantity", "size", "movement", "low", "high", "fade", "fade_low", "fade_high"]


def movement(table: pd.DataFrame, blocks: SeedBlocks, *, level: float) -> pd.DataFrame | None:
    """Movement at the last step that has it in all runs, mean over seeds with its t interval.

    `kernel_movement` is 1 - CKA(K_0, K_t) of the tangent kernels, between 0 (the kernel kept its shape) and 1.
    `weight_movement` is |w_t - w_0| / |w_0|; it fades with the size also where features are learned.

    Args:
        table: The long table that the blocks were made of.
        blocks: Which seeds and sizes are compared.
        level: Confidence of the intervals.

    Returns:
        Columns quantity, size, movement, low, high, for those of `MOVEMENTS` that the table has; None if it has none.
        The further columns fade, fade_low, fade_high, equal in all rows of a quantity, are the exponent q of movement ~
        size^-q with its interval.
    """
    present = [name for name in MOVEMENTS if (table["quantity"] == name).any()]
    frames = [_moved(table, blocks, name, level=level) for name in present]
    found = [frame for frame in frames if len(frame)]
    return pd.concat(found, ignore_index=True) if found else next(iter(frames), None)


def _moved(table: pd.DataFrame, blocks: SeedBlocks, quantity: str, *, level: float) -> pd.DataFrame:
    columns = list(blocks.points.columns)
    rows = rows_of(table, quantity)
    rows = rows[rows["seed"].isin(blocks.seeds)]
    wide = rows.pivot(index="seed", columns=[*columns, "step"], values="value")
    steps = rows.groupby("step")["run"].nunique()
    whole = steps.index[steps == len(blocks.seeds) * len(blocks.sizes)]
    if not len(whole):
        return pd.DataFrame(columns=COLUMNS).astype(dict.fromkeys(COLUMNS[2:], float))
    last = int(whole[-1])
    values = wide[[(*point, last) for point in blocks.points.values]].to_numpy(dtype=float)
    mean, reach = values.mean(axis=0), half_width(values, level=level)
    fade = fade_exponent(values, blocks.sizes, level=level)
    moved = {"movement": mean, "low": mean - reach, "high": mean + reach}
    ends = {"fade": fade.exponent, "fade_low": fade.interval.low, "fade_high": fade.interval.high}
    sizes = blocks.points.table()
    sizes.insert(0, "quantity", quantity)
    return sizes.assign(**moved, **ends)
