"""A verdict: one word, one sentence, and how its numbers are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, expm1, isfinite, log

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spectra.fitting.intervals import Interval

# Fewer show no scatter worth the name: two seeds have a t quantile of 6.3 at 90 percent.
FEWEST_SEEDS = 3
# Below this many a reader is told that the intervals rest on few: the shape of their scatter cannot be looked at.
FEW_SEEDS = 5


@dataclass(frozen=True)
class Verdict:
    """What the tests say."""

    word: str  # for example "super consistent"
    sentence: str  # whole sentences with numbers, for a reader who does not know the tests
    more_seeds: int | None = None  # where inconclusive: further seeds with which it would probably be settled


def percent(log_change: float, *, sign: bool = True) -> str:
    """A change in log units in percent, for example +5.1 %; as a factor where it is more than a doubling."""
    if not isfinite(log_change) or log_change > log(2):
        return f"a factor of {_factor(log_change)}"
    value = 100 * expm1(log_change)
    digits = 1 if abs(value) < 10 else 0
    return f"{value:+.{digits}f} %" if sign else f"{value:.{digits}f} %"


def percents(low: float, high: float) -> str:
    """A range of changes in log units, for example -4.6 % to +1.1 % or ×0.5 to ×3.32."""
    if high <= log(2):
        return f"{percent(low)} to {percent(high)}"
    return f"×{_factor(low)} to ×{_factor(high)}"


def _factor(log_change: float) -> str:
    return f"{exp(log_change):.3g}" if log_change < 700 else "infinity"


def range_words(interval: Interval, digits: int = 2, *, of: str = "") -> str:
    """An interval with its confidence, for example "90 % interval -0.02 to 0.05"; an open end is left out."""
    low, high = f"{interval.low:z.{digits}f}", f"{interval.high:z.{digits}f}"
    if isfinite(interval.low):
        ends = f"{low} to {high}" if isfinite(interval.high) else f"at least {low}"
    else:
        ends = f"at most {high}" if isfinite(interval.high) else "open at both ends"
    return f"{100 * interval.level:g} % interval {f'of {of} ' if of else ''}{ends}"


def seeds_words(complete: int, all_seeds: int) -> str:
    """How many seeds entered, and of how many."""
    return f"{complete} seeds" if complete == all_seeds else f"the {complete} complete seeds of {all_seeds}"


def too_few_words(complete: int, all_seeds: int, scale: str) -> str:
    """That too few seeds are complete, and how many it takes."""
    return (
        f"{complete} of {all_seeds} seeds {'is' if complete == 1 else 'are'} complete at every {scale}, and "
        f"{FEWEST_SEEDS} are the fewest that can be judged."
    )


def copies(samples: NDArray[np.float64]) -> int:
    """How many seeds, of shape (S, ...), are no repetitions: another one has the same numbers to the bit."""
    if not np.isfinite(samples).any():
        return 0
    return len(samples) - len(np.unique(samples.reshape(len(samples), -1), axis=0))


def too_alike_words(samples: NDArray[np.float64]) -> str:
    """Why seeds cannot be judged of which fewer than the fewest have numbers of their own; empty if enough have."""
    different = len(samples) - copies(samples)
    if different >= FEWEST_SEEDS:
        return ""
    return (
        f"only {different} of {len(samples)} seeds {'has' if different == 1 else 'have'} numbers of "
        f"{'its' if different == 1 else 'their'} own, the others are copies to the bit, and {FEWEST_SEEDS} different "
        "ones are the fewest that can be judged: see that the seed reaches the run."
    )


def copies_words(samples: NDArray[np.float64]) -> list[str]:
    """A sentence where some seeds, of shape (S, ...), are copies."""
    alike = copies(samples)
    if not alike:
        return []
    return [
        f"{alike} of {len(samples)} seeds have the numbers of another one in every run: copies are no repetitions, "
        "and the intervals are too narrow with them."
    ]


def runs_words(count: int) -> str:
    """Such as "1 run" or "3 runs"."""
    return "1 run" if count == 1 else f"{count} runs"


def counted(names: Sequence[str], shown: int = 3) -> str:
    """The first few of some phrases and how many follow."""
    more = f"; and {len(names) - shown} more" if len(names) > shown else ""
    return "; ".join(names[:shown]) + more


def capital(sentence: str) -> str:
    """The sentence with a capital at its start, unless it starts with a name that is no plain word, such as λ_max."""
    first = sentence.split(" ", 1)[0].rstrip(",.:;")
    plain = first.isascii() and first.replace("-", "").isalpha() and first.islower()
    return sentence[:1].upper() + sentence[1:] if plain else sentence


def row_at(table: pd.DataFrame, position: int) -> dict[str, float]:
    """One row of a table, by column; columns that hold no numbers are left out."""
    numbers = table.select_dtypes("number")
    return {str(name): float(numbers[name].iloc[position]) for name in numbers.columns}
