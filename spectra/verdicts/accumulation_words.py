"""What the test over time found, in plain words with the numbers that it rests on (test B)."""

from math import isfinite

from spectra.fitting.intervals import Interval
from spectra.verdicts.accumulation import ACCUMULATES, FLOOR, SLOW_GROWTH, STEADY
from spectra.verdicts.consistency_evidence import Evidence
from spectra.verdicts.verdict import percent


def accumulation_words(evidence: Evidence) -> str:
    """Whether the gap to infinite size builds up in training."""
    found = evidence.accumulation
    gap = f"the gap to infinite {found.scale}"
    below = f"below {percent(found.largest, sign=False)} at every {found.scale} and step"
    if found.word == ACCUMULATES:
        return f"{_capital(gap)} builds up in training: it grows as {_power(evidence)}, and stays {below}."
    if found.word == FLOOR:
        floor = f"{_capital(gap)} is below the noise floor: none is seen, and it is shown to be {below}."
        return f"{floor} A smaller one may build up unseen."
    if found.word == STEADY and found.interval.high < SLOW_GROWTH:
        return f"{_capital(gap)} does not build up: it goes as {_power(evidence)}, and stays {below}."
    if found.word == STEADY:
        margin = percent(evidence.options.margin, sign=False)
        return f"{_capital(gap)} cannot build up beyond the margin of {margin}: it is shown to be {below}."
    return f"Whether {gap} builds up in training is open: {_open(evidence)} {_advice(evidence)}"


def _open(evidence: Evidence) -> str:
    found = evidence.accumulation
    if not isfinite(found.largest):
        return "there is too little to tell."
    largest = percent(found.largest, sign=False)
    if not found.resolved:
        allowed = percent(evidence.options.total_margin, sign=False)
        return f"none is seen, but it may be as large as {largest} (allowed: {allowed})."
    allowed = percent(evidence.options.margin, sign=False)
    size = f"may be as large as {largest} (allowed however it grows: {allowed})"
    return f"it is seen, {size}, and goes as {_power(evidence)}."


def _power(evidence: Evidence) -> str:
    found = evidence.accumulation
    exponent = f"t^{found.exponent:.2f}" if found.exponent == found.exponent else "a power of t"
    return f"{exponent} ({_interval(found.interval)})"


def _interval(interval: Interval) -> str:
    low = f"{interval.low:.2f}" if isfinite(interval.low) else "minus infinity"
    high = f"{interval.high:.2f}" if isfinite(interval.high) else "infinity"
    return f"{100 * interval.level:g} % interval of the exponent {low} to {high}"


def _advice(evidence: Evidence) -> str:
    needed = evidence.accumulation.seeds_needed
    if needed is None:
        return "Train longer, or measure with less noise."
    return f"With about {needed} seeds it would be settled in four of five repetitions, all else equal."


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
