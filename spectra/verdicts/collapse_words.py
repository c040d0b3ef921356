"""The verdict on collapse in plain words, with the numbers that it rests on."""

import numpy as np
import pandas as pd

from spectra.verdicts.lost_runs import lost_words
from spectra.verdicts.seed_blocks import SeedBlocks
from spectra.verdicts.verdict import FEWEST_SEEDS, row_at, seeds_words, too_few_words

TOGETHER, APART, UNDECIDED = "supercollapse", "no supercollapse", "inconclusive"


def collapse_words(word: str, blocks: SeedBlocks, judged: pd.DataFrame, *, share: float, level: float) -> str:
    """The verdict in whole sentences; `judged` holds the rows of the judged times."""
    told = seeds_words(len(blocks.seeds), blocks.all_seeds)
    if np.isnan(share):
        return f"Inconclusive: {_missing_words(blocks)}"
    known = judged[judged["ratio"].notna()]
    if known.empty:
        return (
            "Inconclusive: the ratio of the spreads is known at none of the judged times, because the losses of all "
            f"seeds are equal there, with {told}: seeds must be repetitions, not copies."
        )
    widest = row_at(known, int(known["ratio"].to_numpy().argmax()))
    lead = {
        TOGETHER: "normalised curves of all sizes spread less than the losses of one size do over seeds",
        APART: "normalised curves of all sizes spread more than the losses of one size do over seeds",
        UNDECIDED: "whether normalised curves of all sizes spread less than the losses of one size over seeds is open",
    }[word]
    lost = f" {lost_words(blocks.losses)}, and did not enter." if blocks.losses else ""
    return (
        f"{word.capitalize()}: {lead}. They are shown to spread less at {round(share * len(judged))} of {len(judged)} "
        f"times between {judged['time'].min():.2g} and {judged['time'].max():.2g} of the training; at worst, at "
        f"{widest['time']:.2g}, the ratio of the spreads is {widest['ratio']:.3g} ({100 * level:g} % interval "
        f"{widest['low']:.3g} to {widest['high']:.3g}), with {told}.{lost}"
    )


def _missing_words(blocks: SeedBlocks) -> str:
    """Which of seeds, sizes and times there are too few of."""
    if len(blocks.seeds) < FEWEST_SEEDS:
        lost = f" {lost_words(blocks.losses)}." if blocks.losses else ""
        return f"{too_few_words(len(blocks.seeds), blocks.all_seeds, blocks.points.name)}{lost}"
    if len(blocks.sizes) < 2:
        return f"there is one {blocks.points.name} only ({blocks.sizes[0]:g}); curves of two or more are compared."
    return "no checkpoint lies in the part of the training that is judged, before its end: measure more often."
