"""Whether tuning at a small size is worth it, in plain words with numbers."""

from math import isfinite, isinf, isnan

import pandas as pd

from spectra.fitting.intervals import Interval
from spectra.verdicts.verdict import range_words, row_at

# Largest share of the loss gap that a transferred rate may cost at the smallest size. A convention, like a confidence
# level: no experiment chose it.
FAST_RATIO = 0.1
CENSORED = "Open: the best rate of some {scale} is at an end of its grid, so costs at the best rates are not known."


def fast_words(
    word: str, by_size: pd.DataFrame, slope: float, interval: Interval, *, scale: str, largest: float
) -> str:
    """What tuning at the smallest size costs the largest, next to what the gap between the two sizes costs.

    Args:
        word: The answer.
        by_size: Gaps, regrets and ratios of `fast_transfer`.
        slope: Exponent with which the ratio goes with the size.
        interval: Of that exponent.
        scale: The column that grows.
        largest: The largest size.
    """
    if by_size.empty or isnan(row_at(by_size, 0)["ratio_low"]):
        return f"Open: a comparison needs two {scale}s, seeds with scatter and a best rate at each."
    first = row_at(by_size, 0)
    small, large = f"{scale} {first['size']:g}", f"{scale} {largest:g}"
    if isinf(first["regret"]):
        return f"{word.capitalize()}: {large} diverges at the rate tuned at {small}."
    ends = _ratio_words(first["ratio_low"], first["ratio_high"], (1 + interval.level) / 2)
    cost = (
        f"at the rate tuned at {small}, {large} loses {first['regret']:.2g} in log loss. Each at its own best rate, "
        f"the two differ by {abs(first['loss_gap']):.2g}. The cost is {first['ratio']:.2g} times that gap "
        f"({ends}; fast means below {FAST_RATIO:g} and falling with {scale})"
    )
    if interval.high < 0 or interval.low > 0:
        goes = "falls" if interval.high < 0 else "grows"
        return f"{word.capitalize()}: {cost}, and this share {goes} as {scale}^{slope:.2g} ({range_words(interval)})."
    return f"{word.capitalize()}: {cost}; whether this share falls with {scale} is not resolved."


def _ratio_words(low: float, high: float, level: float) -> str:
    """An interval of a positive number, in two digits, because it may be far below one."""
    ends = f"{low:.2g} to {high:.2g}" if isfinite(high) else f"at least {low:.2g}"
    return f"{100 * level:g} % interval {ends if low > 0 or isfinite(high) else 'open at both ends'}"
