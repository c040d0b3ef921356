"""Whether anything moves in training, in plain words with the numbers that it rests on (test D)."""

from math import isfinite

import pandas as pd

from spectra.fitting.intervals import Interval
from spectra.verdicts.consistency_evidence import LAZY, NO_GROWTH, NO_MOVEMENT, Evidence
from spectra.verdicts.movement import COLUMNS
from spectra.verdicts.verdict import capital, percent, percents, range_words, row_at

MOVERS = {
    "kernel_movement": ("the tangent kernel moves", "1 - CKA"),
    "weight_movement": ("the weights move", "distance over their length at the start"),
}


def triviality_words(evidence: Evidence) -> str:
    """What decides whether consistency is trivial: the growth of the quantity, and the kernel where it does not grow.

    A loss falls in any case: there the kernel alone decides.
    """
    told = [] if evidence.is_loss else [_growth(evidence)]
    kernel = _rows(evidence.movement, "kernel_movement")
    if evidence.still and len(kernel):
        told.append(_moved(kernel, scale=evidence.scale, level=evidence.level))
        if row_at(kernel, -1)["high"] < NO_MOVEMENT:
            told.append(f"An interval below {NO_MOVEMENT:g} counts as no movement.")
    elif evidence.is_loss:
        told.append("A loss does not tell whether features are learned: measure kernel_movement to judge that.")
    return " ".join(told)


def movement_words(moved: pd.DataFrame | None, *, scale: str, level: float) -> str:
    """How far kernel and weights move: the same for every quantity of the same runs. Empty if nothing was measured.

    Args:
        moved: `movement` of a verdict on consistency.
        scale: What grows.
        level: Confidence of the intervals.
    """
    found = [_rows(moved, name) for name in MOVERS]
    return " ".join(_moved(rows, scale=scale, level=level) for rows in found if len(rows))


def _rows(moved: pd.DataFrame | None, quantity: str) -> pd.DataFrame:
    return pd.DataFrame() if moved is None else moved[moved["quantity"] == quantity]


def _growth(evidence: Evidence) -> str:
    top = row_at(evidence.growth, -1)
    place = f"at {evidence.scale} {evidence.blocks.points.labels[-1]}"
    numbers = f"{percent(top['growth'])} ({100 * evidence.level:g} % interval {percents(top['low'], top['high'])})"
    told = f"from the first checkpoint to the plateau it changes by {numbers} {place}"
    if evidence.still:
        return f"It hardly grows: {told}, as it would if no features were learned."
    if top["low"] > NO_GROWTH or top["high"] < -NO_GROWTH:
        return f"{capital(told)}."
    return f"Whether it grows is open: {told}."


def _moved(rows: pd.DataFrame, *, scale: str, level: float) -> str:
    """The movement at the largest size, and how it goes with the size where that is known."""
    quantity, top = str(rows["quantity"].iloc[-1]), row_at(rows, -1)
    moves, measure = MOVERS[quantity]
    pair = [str(column) for column in rows if column not in COLUMNS]
    place = f"{scale} {' × '.join(f'{top[column]:g}' for column in pair or ['size'])}"
    interval = f"{100 * level:g} % interval {top['low']:.3g} to {top['high']:.3g}"
    told = f"At {place} {moves} by {top['movement']:.3g} ({measure}; {interval})"
    power = Interval(-top["fade_high"], -top["fade_low"], level)
    if not isfinite(power.low + power.high):
        return f"{told}."
    lazy = ", as in lazy networks" if quantity == "kernel_movement" and power.high < -LAZY else ""
    grown = "size" if pair else scale
    return f"{told}; that goes as {grown}^{-top['fade']:z.2f} ({range_words(power, of='the exponent')}){lazy}."
