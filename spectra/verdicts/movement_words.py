"""Whether anything moves in training, in plain words with the numbers that it rests on (test D)."""

from math import isfinite

from spectra.fitting.intervals import Interval
from spectra.verdicts.consistency_evidence import FADES, LAZY, NO_GROWTH, Evidence
from spectra.verdicts.verdict import factor, range_words, row_at


def movement_words(evidence: Evidence) -> str:
    """How the quantity, the kernel and the weights move at the largest size, and whether growth fades with size."""
    told = [_growth(evidence)]
    if evidence.fade.interval.low > FADES:
        fade = f"log growth ~ size^-q, q with {range_words(evidence.fade.interval)}"
        told.append(f"The growth fades with {evidence.scale}: {fade}.")
    for quantity, name in (("kernel_movement", "tangent kernel"), ("weight_movement", "vector of weights")):
        told += _moved(evidence, quantity, name)
    if evidence.is_loss and evidence.moved("kernel_movement") is None:
        told.append("A loss does not tell whether features are learned: measure kernel_movement to judge that.")
    return " ".join(told)


def _growth(evidence: Evidence) -> str:
    top = row_at(evidence.growth, -1)
    at = f"at {evidence.scale} {evidence.blocks.points.labels[-1]}, {evidence.named}"
    numbers = (
        f"{factor(top['growth'])} from the first checkpoint to the plateau ({100 * evidence.level:g} % interval "
        f"{factor(top['low'])} to {factor(top['high'])})"
    )
    if max(-top["low"], top["high"]) < NO_GROWTH:
        tail = "" if evidence.is_loss else ", and networks that learn no features would show the same"
        return f"It does not grow: {at} changes {numbers}{tail}."
    if top["low"] > NO_GROWTH or top["high"] < -NO_GROWTH:
        return f"{at[0].upper()}{at[1:]} {'grows' if top['low'] > 0 else 'falls'} {numbers}."
    return f"Whether it grows is open: {at} changes {numbers}."


def _moved(evidence: Evidence, quantity: str, name: str) -> list[str]:
    top = evidence.moved(quantity)
    if top is None:
        return []
    level = f"{100 * evidence.level:g} % interval"
    measure = "1 - CKA" if quantity == "kernel_movement" else "relative length"
    exponent = Interval(top["fade_low"], top["fade_high"], evidence.level)
    lazy = ", as in lazy networks" if quantity == "kernel_movement" and exponent.low > LAZY else ""
    known = isfinite(exponent.low + exponent.high)
    fades = f" It goes as size^-q, q with {range_words(exponent)}{lazy}." if known else ""
    place = f"{evidence.scale} {evidence.blocks.points.labels[-1]}"
    interval = f"{measure}, {level} {top['low']:.3g} to {top['high']:.3g}"
    return [f"The {name} moves by {top['movement']:.3g} at {place} ({interval}).{fades}"]
