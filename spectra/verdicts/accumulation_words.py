"""What the test over time found, in plain words with the numbers that it rests on (test B)."""

from math import isfinite, isnan

from spectra.verdicts.accumulation import ACCUMULATES, FLOOR, ITSELF, LIMITLESS, STEADY, WITHIN
from spectra.verdicts.accumulation_reference import SIZE_EXPONENTS, tells_limit
from spectra.verdicts.consistency_evidence import Evidence
from spectra.verdicts.verdict import FEW_SEEDS, percent, range_words


def accumulation_words(evidence: Evidence) -> str:
    """Whether the gap to infinite size builds up in training."""
    found = evidence.accumulation
    gap = f"he gap to infinite {found.scale}"
    least = min(SIZE_EXPONENTS)
    assumed = f"if it falls at least as {found.scale}^-{least:g}"
    most = f"at most {percent(found.largest, sign=False)} at every value of {found.scale} and checkpoint, {assumed}"
    if found.word == LIMITLESS:
        return (
            f"It nears no limit of infinite {found.scale}: every way to one is rejected, and a power of the "
            f"{found.scale} fits better. So nothing is said of a gap."
        )
    if found.word == ITSELF:
        return f"It is itself a distance to infinite {found.scale}, and has no further gap to it."
    if found.word == ACCUMULATES:
        return f"T{gap} builds up in training: it grows as {_power(evidence)}, and is {most}."
    if found.word == FLOOR:
        return f"T{gap} is below the noise floor and {most}; a smaller one may build up unseen."
    if found.word == STEADY:
        return f"T{gap} does not build up in training: it goes as {_power(evidence)}, and is {most}."
    if found.word == WITHIN:
        allowed = percent(evidence.options.total_margin, sign=False)
        return (
            f"T{gap} is {most} (allowed: {allowed}). It goes as {_power(evidence)}, but is not shown to be larger late "
            "than early."
        )
    return f"Whether t{gap} builds up in training is open{_open(evidence)}"


def _open(evidence: Evidence) -> str:
    """Why it is open, and what would settle it."""
    found, points, seeds = evidence.accumulation, evidence.blocks.points, len(evidence.blocks.seeds)
    if not tells_limit(points):
        named = " and of ".join(points.columns)
        return f": through two sizes goes every way to a limit. Three or more values of {named} would tell."
    if not isfinite(found.largest):
        return ": there is too little to tell."
    if evidence.violated:
        return "."
    seen = f"goes as {_power(evidence)}" if found.resolved else "is not seen"
    allowed = percent(evidence.options.total_margin, sign=False)
    reason = f": it {seen}, and may be as large as {percent(found.largest, sign=False)} (allowed: {allowed})."
    if seeds < FEW_SEEDS:
        return f"{reason} More seeds would tell more."
    if found.seeds_needed is None:
        return f"{reason} Train longer, or measure with less noise."
    return f"{reason} About {found.seeds_needed} seeds would show in four of five repetitions {found.settles}."


def _power(evidence: Evidence) -> str:
    found = evidence.accumulation
    exponent = "an unknown power of the step" if isnan(found.exponent) else f"step^{found.exponent:z.2f}"
    return f"{exponent} ({range_words(found.interval, of='the exponent')})"
