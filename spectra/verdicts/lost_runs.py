"""How a verdict lost runs, in plain words: how many, why, and what to do."""

from collections.abc import Sequence
from enum import Enum

from spectra.verdicts.verdict import runs_words


class Loss(Enum):
    """What happened in a run that cannot enter: what it is in words, and what to do."""

    DIVERGED = ("diverged", "Judge at a rate at which no run is lost.")
    STOPPED = ("stopped before the others", "Finish these runs, or add rows of `diverged` that say how each run ended.")
    NO_NUMBER = ("had values that are no numbers, without diverging", "Measure these again, or leave out their rows.")
    NOT_POSITIVE = ("had values that are not positive", "Judge a quantity that stays positive.")


def lost_words(losses: Sequence[Loss]) -> str:
    """Such as "2 runs diverged and 1 run stopped before the others"."""
    return " and ".join(f"{runs_words(losses.count(kind))} {kind.value[0]}" for kind in Loss if kind in losses)


def lost_advice(losses: Sequence[Loss]) -> str:
    """What to do about them, in whole sentences."""
    return " ".join(kind.value[1] for kind in Loss if kind in losses)
