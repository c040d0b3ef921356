"""From the numbers of a size trend to its verdict."""

from spectra.verdicts.consistency_words import (
    NO_GROWTH,
    Evidence,
    growth_words,
    missing_words,
    open_words,
    shown_words,
    survivor_words,
    violation_words,
)
from spectra.verdicts.verdict import FEW_SEEDS, FEWEST_SEEDS, Verdict, counted


def verdict_of(evidence: Evidence) -> Verdict:
    """Judge: too little data, violated, shown (trivially or not), or open.

    "inconsistent" is wrong with probability (1 - level) / 2 at most. So is "consistent" (or "trivially consistent")
    when the slope at some checkpoint is not below the margin. Neither is said where runs diverged: the runs that are
    left are those that behaved.
    """
    missing = missing_words(evidence)
    if missing:
        return Verdict("inconclusive", f"Inconclusive: {missing}")
    by_step, bound = evidence.trend.by_step, evidence.bound
    mean = evidence.trend.mean_slope_interval
    beyond = by_step[(by_step["band_low"] >= bound) | (by_step["band_high"] <= -bound)]
    growth = growth_words(evidence)
    if len(beyond) or mean.low >= bound or mean.high <= -bound:
        return Verdict("inconsistent", f"Inconsistent: {violation_words(evidence, beyond)} {growth}")
    if not (evidence.reach < bound).all() or not (by_step["largest_gap"] < evidence.total_margin).all():
        return Verdict("inconclusive", f"Inconclusive: {open_words(evidence)} {growth}")
    if evidence.blocks.lost_runs:
        return Verdict("inconclusive", f"Inconclusive: {survivor_words(evidence)} {growth}")
    lazy = float(evidence.growth["high"].iloc[-1]) < NO_GROWTH
    word = "trivially consistent" if lazy else "consistent"
    return Verdict(word, f"{word.capitalize()}: {shown_words(evidence)} {growth}")


def notes_of(evidence: Evidence, *, unconverged: int) -> tuple[str, ...]:
    """What a reader must know besides the verdict, in whole sentences.

    Args:
        evidence: The evidence.
        unconverged: Values among those used whose computation did not reach its tolerance.
    """
    blocks, scale, notes = evidence.blocks, evidence.scale, []
    if len(blocks.excluded):
        runs = [
            f"{scale} {size:g}, seed {seed}: {reason}" for size, seed, reason in blocks.excluded.itertuples(index=False)
        ]
        notes.append(f"Runs that did not enter: {len(runs)} ({counted(runs)}). The verdict is about the others.")
    if blocks.skipped_steps:
        steps = counted([str(step) for step in blocks.skipped_steps])
        notes.append(f"Steps that were not judged, because some run has no value there: {steps}.")
    if unconverged:
        share = f"{unconverged} of {blocks.values.size}"
        notes.append(f"Values of {evidence.named} that did not reach their tolerance: {share}.")
    if FEWEST_SEEDS <= len(blocks.seeds) < FEW_SEEDS:
        notes.append(
            f"With {len(blocks.seeds)} seeds the intervals rest on the assumption that seeds scatter like a normal "
            "law, which so few cannot show."
        )
    smallest = float(evidence.trend.by_step["lack_of_fit"].min()) * len(blocks.steps)
    if smallest < (1 - evidence.level) / 2:
        notes.append(
            f"The dependence is no straight line in log2 {scale} (p = {smallest:.2g}, corrected for the number of "
            "checkpoints): read the largest gap beside the slope."
        )
    return tuple(notes)
