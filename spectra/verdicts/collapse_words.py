"""The verdict on collapse in plain words, with the numbers that it rests on."""

import numpy as np
import pandas as pd

from spectra.verdicts.seed_blocks import SeedBlocks
from spectra.verdicts.verdict import FEWEST_SEEDS, row_at, runs_words, seeds_words

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
        TOGETHER: "normalised curves of all sizes spread less than the losses of one size do over seeds",
        APART: "normalised curves of all sizes spread more than the losses of one size do over seeds",
        UNDECIDED: "whether normalised curves of all sizes spread less than the losses of one size over seeds is open",
    }[word]
    lost = f" {runs_words(blocks.lost_runs)} diverged, and did not enter." if blocks.lost_runs else ""
    return (
        f"{word.capitalize()}: {lead}. They are shown to spread less at {round(share * len(judged))} of {len(judged)} "
        f"times between {judged['time'].min():.2g} and {judged['time'].max():.2g} of the training; at worst, at "
        f"{widest['time']:.2g}, the ratio of the spreads is {widest['ratio']:.3g} ({100 * level:g} % interval "
        f"{widest['low']:.3g} to {widest['high']:.3g}), with {told}.{lost}"
    )
