"""A verdict: one word, one sentence, and how its numbers are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, expm1, isfinite

import pandas as pd

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
    """A change in log units as a change in percent, for example +5.1 %."""
    if not isfinite(log_change) or log_change > 20:
        return "an unbounded share"
    value = 100 * expm1(log_change)
    digits = 1 if abs(value) < 10 else 0
    return f"{value:+.{digits}f} %" if sign else f"{value:.{digits}f} %"


def factor(log_change: float) -> str:
    """A change in log units as a factor, for example ×3.32."""
    return f"×{exp(log_change):.3g}" if isfinite(log_change) and log_change < 700 else "×infinity"


def range_words(interval: Interval, digits: int = 2) -> str:
    """An interval with its confidence, for example "90 % interval -0.02 to 0.05"."""
    return f"{100 * interval.level:g} % interval {interval.low:.{digits}f} to {interval.high:.{digits}f}"


def seeds_words(complete: int, all_seeds: int) -> str:
    """How many seeds entered, and of how many."""
    return f"{complete} seeds" if complete == all_seeds else f"the {complete} complete seeds of {all_seeds}"


def counted(names: Sequence[str], shown: int = 3) -> str:
    """The first few of some phrases and how many follow."""
    more = f"; and {len(names) - shown} more" if len(names) > shown else ""
    return "; ".join(names[:shown]) + more


def row_at(table: pd.DataFrame, position: int) -> dict[str, float]:
    """One row of a table, by column; columns that hold no numbers are left out."""
    numbers = table.select_dtypes("number")
    return {str(name): float(numbers[name].iloc[position]) for name in numbers.columns}
