"""How a verdict lost runs, in plain words: how many, why, and what to do."""

from collections.abc import Hashable, Mapping, Sequence
from enum import Enum
from typing import Any

import pandas as pd

from spectra.verdicts.verdict import runs_words


class Loss(Enum):
    """What happened in a run that cannot enter: what it is in words, and what to do."""

    DIVERGED = ("diverged", "Judge at a rate at which no run is lost.")
    STOPPED = ("stopped before the others", "Finish these runs, or add rows of `diverged` that say how each run ended.")
    NO_NUMBER = ("had values that are no numbers, without diverging", "Measure these again, or leave out their rows.")
    NOT_POSITIVE = ("had values that are not positive", "Judge a quantity that stays positive.")


ENDS_UNTOLD = (
    "The table does not say how runs ended (it has no quantity `diverged`): a run with a value that is not finite "
    "counts as diverged, and one that stops before the others as lost."
)


def loss_of(run: pd.Series | Mapping[Hashable, Any]) -> tuple[str, Loss | None]:
    """Why a run that is not finished, or diverged, cannot enter, and what happened in it; empty and None for others.

    Args:
        run: A row of `runs_by_settings`. A run in which the quantity was not measured has no last step.
    """
    if not run["finished"]:
        return str(run["unfinished"]), Loss.STOPPED if run["last_step"] == run["last_step"] else None
    if run["diverged"]:
        return f"diverged at step {run['last_step']:g}", Loss.DIVERGED
    return "", None


def lost_words(losses: Sequence[Loss]) -> str:
    """Such as "2 runs diverged and 1 run stopped before the others"."""
    return " and ".join(f"{runs_words(losses.count(kind))} {kind.value[0]}" for kind in Loss if kind in losses)


def lost_advice(losses: Sequence[Loss]) -> str:
    """What to do about them, in whole sentences."""
    return " ".join(kind.value[1] for kind in Loss if kind in losses)
