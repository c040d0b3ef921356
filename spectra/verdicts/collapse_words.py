"""The verdict on collapse in plain words, with the numbers that it rests on."""

import numpy as np
import pandas as pd

from spectra.verdicts.seed_blocks import SeedBlocks
from spectra.verdicts.verdict import FEWEST_SEEDS, row_at, seeds_words

TOGETHER, APART, UNDECIDED = "supercollapse", "no supercollapse", "inconclusive"


def collapse_words(word: str, blocks: SeedBlocks, judged: pd.DataFrame, *, share: float, level: float) -> str:
    """The verdict in whole sentences; `judged` holds the rows of the judged times."""
    told = seeds_words(len(blocks.seeds), blocks.all_seeds)
    if np.isnan(share):
        return (
            f"Inconclusive: {told}, {len(blocks.sizes)} sizes and {len(judged)} judged times; {FEWEST_SEEDS} seeds, "
            "two sizes and one time are the fewest that can be judged."
        )
    widest = row_at(judged, int(judged["ratio"].to_numpy().argmax()))
    lead = {
        TOGETHER: "Supercollapse: normalised curves of all sizes are closer to each other than seeds of one size",
        APART: "No supercollapse: normalised curves of different sizes are farther apart than seeds of one size",
        UNDECIDED: "Inconclusive: whether normalised curves of all sizes are closer than seeds of one size is open",
    }[word]
    lost = f" {blocks.lost_runs} runs diverged and are not among them." if blocks.lost_runs else ""
    return (
        f"{lead}, judged over the share {judged['time'].min():.2g} to {judged['time'].max():.2g} of the training. They "
        f"are shown to be closer at {round(share * len(judged))} of {len(judged)} times; at worst, at "
        f"{widest['time']:.2g}, the spread is {widest['ratio']:.3g} times the noise ({100 * level:g} % interval "
        f"{widest['low']:.3g} to {widest['high']:.3g}), with {told}.{lost}"
    )
