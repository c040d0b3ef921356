"""From the results of all tests to the verdict on consistency."""

from math import ceil

from spectra.verdicts.accumulation import ACCUMULATES, OPEN
from spectra.verdicts.accumulation_words import accumulation_words
from spectra.verdicts.consistency_evidence import Evidence
from spectra.verdicts.consistency_tests import one_in
from spectra.verdicts.consistency_words import (
    missing_words,
    open_words,
    shown_words,
    survivor_words,
    trend_seeds,
    violation_words,
)
from spectra.verdicts.movement_words import triviality_words
from spectra.verdicts.verdict import Verdict, capital

SUPER, ACCUMULATING, TRIVIAL, VIOLATED, UNDECIDED = (
    "super consistent",
    "consistent but accumulating",
    "trivially consistent",
    "inconsistent",
    "inconclusive",
)
# Checkpoints that a reader is told to keep where more of them decide. A convention: with 8 seeds the simultaneous band
# is 2.4 times as wide as the pointwise interval for 10 checkpoints, 2.8 times for 20 and 8.6 times for 31,250.
ENOUGH = 20


def verdict_of(evidence: Evidence) -> Verdict:
    """Judge: too little data, violated, shown at every checkpoint (and then by time and movement), early only, or open.

    "inconsistent" is wrong with probability (1 - level) / 2 at most. So is every word with "consistent" in it when the
    slope at some checkpoint that it speaks of is not below the margin. Those words are not said where runs diverged:
    the runs that are left are those that behaved.
    """
    missing = missing_words(evidence)
    if missing:
        return Verdict(UNDECIDED, f"Inconclusive: {missing}")
    gap = accumulation_words(evidence)
    if evidence.violated:
        return Verdict(VIOLATED, f"Inconsistent: {violation_words(evidence)} {gap}")
    whole, accumulates = bool(evidence.holds.all()), evidence.accumulation.word == ACCUMULATES
    if not whole and not (evidence.holds_early and accumulates):
        return _undecided(f"{open_words(evidence)} {gap}", trend_seeds(evidence), evidence)
    shown = shown_words(evidence) if whole else open_words(evidence)
    if evidence.blocks.lost_runs:
        return Verdict(UNDECIDED, f"Inconclusive: {survivor_words(evidence)} For the rest: {shown} {gap}")
    if not whole:
        told = f"this is shown at the start only, because {shown} {gap}"
        return Verdict(ACCUMULATING, f"Consistent but accumulating: {told}")
    told = f"{shown} {gap} {triviality_words(evidence)}".rstrip()
    if evidence.lazy:
        return Verdict(TRIVIAL, f"Trivially consistent: {told}")
    if accumulates:
        return Verdict(ACCUMULATING, f"Consistent but accumulating: {told}")
    if evidence.accumulation.word == OPEN:
        reason = f"consistent, but not shown to stay so. {capital(shown)} {gap}"
        return _undecided(reason, evidence.accumulation.seeds_needed, evidence)
    return Verdict(SUPER, f"Super consistent: {told}")


def _undecided(reason: str, needed: int | None, evidence: Evidence) -> Verdict:
    more = None if needed is None else needed - len(evidence.blocks.seeds)
    return Verdict(UNDECIDED, f"Inconclusive: {reason}{_fewer_words(evidence)}", more)


def _fewer_words(evidence: Evidence) -> str:
    """Advice to judge fewer checkpoints, where that alone would settle the question; empty elsewhere."""
    count = len(evidence.blocks.steps)
    every = ceil(count / ENOUGH)
    if every < 2 or verdict_of(one_in(evidence, every)).word == UNDECIDED:
        return ""
    return (
        f" The number of checkpoints decides: all {count} must pass, and a violation must stand out among as many. "
        f"One in {every} would have settled it: fix so many before the next study."
    )
