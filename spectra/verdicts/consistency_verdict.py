"""From the results of all tests to the verdict on consistency."""

from spectra.verdicts.accumulation import ACCUMULATES, OPEN
from spectra.verdicts.accumulation_words import accumulation_words
from spectra.verdicts.consistency_evidence import Evidence
from spectra.verdicts.consistency_words import (
    missing_words,
    open_words,
    shown_words,
    survivor_words,
    trend_seeds,
    violation_words,
)
from spectra.verdicts.movement_words import movement_words
from spectra.verdicts.verdict import Verdict

SUPER, ACCUMULATING, TRIVIAL, VIOLATED, UNDECIDED = (
    "super consistent",
    "consistent but accumulating",
    "trivially consistent",
    "inconsistent",
    "inconclusive",
)


def verdict_of(evidence: Evidence) -> Verdict:
    """Judge: too little data, violated, shown at every checkpoint (and then by time and movement), early only, or open.

    "inconsistent" is wrong with probability (1 - level) / 2 at most. So is every word with "consistent" in it when the
    slope at some checkpoint that it speaks of is not below the margin. Those words are not said where runs diverged:
    the runs that are left are those that behaved.
    """
    missing = missing_words(evidence)
    if missing:
        return Verdict(UNDECIDED, f"Inconclusive: {missing}")
    told = f"{accumulation_words(evidence)} {movement_words(evidence)}"
    if evidence.violated:
        return Verdict(VIOLATED, f"Inconsistent: {violation_words(evidence)} {told}")
    whole, accumulates = bool(evidence.holds.all()), evidence.accumulation.word == ACCUMULATES
    if not whole and not (evidence.holds_early and accumulates):
        return _undecided(open_words(evidence), told, trend_seeds(evidence), evidence)
    shown = shown_words(evidence) if whole else open_words(evidence)
    if evidence.blocks.lost_runs:
        return Verdict(UNDECIDED, f"Inconclusive: {survivor_words(evidence)} For the rest: {shown} {told}")
    if not whole:
        return Verdict(
            ACCUMULATING, f"Consistent but accumulating: this is shown at the start only, because {shown} {told}"
        )
    if evidence.lazy:
        return Verdict(TRIVIAL, f"Trivially consistent: {shown} {told}")
    if accumulates:
        return Verdict(ACCUMULATING, f"Consistent but accumulating: {shown} {told}")
    if evidence.accumulation.word == OPEN:
        return _undecided(
            f"consistent, but not shown to stay so. {shown[0].upper()}{shown[1:]}",
            told,
            evidence.accumulation.seeds_needed,
            evidence,
        )
    return Verdict(SUPER, f"Super consistent: {shown} {told}")


def _undecided(reason: str, told: str, needed: int | None, evidence: Evidence) -> Verdict:
    more = None if needed is None else needed - len(evidence.blocks.seeds)
    return Verdict(UNDECIDED, f"Inconclusive: {reason} {told}", more)
