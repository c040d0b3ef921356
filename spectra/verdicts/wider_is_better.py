"""At a fixed learning rate, does a larger network train better?"""

from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import page_trend_test

from spectra.fitting.given import check_level
from spectra.fitting.intervals import Array, half_width
from spectra.notebook import as_html
from spectra.verdicts.rate_blocks import RateBlocks, rate_blocks
from spectra.verdicts.size_trend import seed_slopes
from spectra.verdicts.verdict import FEWEST_SEEDS, too_alike_words

FEWEST_SIZES = 3
LARGER = {"width": "wider", "depth": "deeper"}


@dataclass(frozen=True, repr=False)
class WiderIsBetter:
    """Trend of the criterion over sizes at every fixed rate."""

    word: str  # wider is better | wider is worse (deeper, over depth) | depends on the rate | open
    sentence: str  # the word in plain words, with numbers
    by_rate: pd.DataFrame  # rate, better, worse, slope, low, high, largest_rise, diverged

    _repr_html_ = as_html

    def __repr__(self) -> str:
        """The word in plain words, with numbers."""
        return f"WiderIsBetter({self.sentence})"


def wider_is_better(
    table: pd.DataFrame, *, scale: str = "width", criterion: str = "mean_log_loss", level: float = 0.90
) -> WiderIsBetter:
    """Test at every rate whether the criterion falls, or rises, with size (see `size_order`).

    Args:
        table: Long table of one regime over sizes, rates and seeds, with the quantities loss and diverged.
            Without a column `index` it is 0 everywhere.
        scale: The column that grows.
        criterion: `mean_log_loss` or `final_log_loss`.
        level: (1 - level) / 2 is the error of a verdict.

    Raises:
        ValueError: If the table cannot be used (see `rate_blocks`) or the level is out of its range.
    """
    check_level(level)
    return size_order(rate_blocks(table, criterion, scale=scale), scale=scale, level=level)


def size_order(blocks: RateBlocks, *, scale: str, level: float) -> WiderIsBetter:
    """Page's trend test over sizes, seeds as blocks, at every rate that all sizes share.

    It needs ranks within a seed only, so a diverged run is simply the worst, and unequal scatter between seeds does not
    matter. Where a larger size loses more runs than a smaller one the trend of the others does not count as better, and
    where it loses fewer not as worse. Rates at which every run diverged tell nothing and are left out. Columns:

    - better, worse: one-sided p values against "no order" for a criterion that falls and for one that rises with size.
    - slope, low, high: nats per doubling of size with t interval; nan where a run diverged.
    - largest_rise: largest increase of the seed mean from one size to the next, nats. The test looks for a trend; a
      trend with one step the wrong way passes it, and shows here.
    - diverged: share of the runs that diverged.

    `wider is better` and `wider is worse` need the trend at every rate, each at error (1 - level) / 2, without
    correction (intersection-union test). `depends on the rate` needs both directions, each shown at some rate after
    Holm's correction over rates and directions. `open` else, and with fewer than three sizes or seeds.

    Source: Page 1963, J. Am. Statist. Assoc. 58, 216; Holm 1979, Scand. J. Statist. 6, 65. The question is that of Yang
    et al. 2022, arXiv 2203.03466.
    """
    if len(blocks.sizes) < FEWEST_SIZES or len(blocks.seeds) < FEWEST_SEEDS:
        short = f"{len(blocks.sizes)} {scale}s and {len(blocks.seeds)} complete seeds"
        empty = pd.DataFrame(columns=COLUMNS, dtype=float)
        return WiderIsBetter("open", f"Open: an order needs three {scale}s and three seeds; there are {short}.", empty)
    shared = [rate for rate in blocks.rates[0] if all(rate in rates for rates in blocks.rates)]
    if not shared:
        empty = pd.DataFrame(columns=COLUMNS, dtype=float)
        return WiderIsBetter("open", f"Open: no learning rate was tried at every {scale}.", empty)
    rows = []
    for rate in shared:
        places = [int(np.flatnonzero(rates == rate)[0]) for rates in blocks.rates]
        runs = np.stack([values[:, place] for values, place in zip(blocks.values, places, strict=True)], axis=1)
        if np.isfinite(runs).any():
            rows.append((float(rate), *_trend(runs, blocks.sizes, level)))
    by_rate = pd.DataFrame(rows, columns=COLUMNS)
    alike = too_alike_words(np.concatenate(blocks.values, axis=1))
    if alike:
        return WiderIsBetter("open", f"Open: {alike}", by_rate)
    word = _word(by_rate, scale, (1 - level) / 2)
    return WiderIsBetter(word, _sentence(word, by_rate, scale, (1 - level) / 2), by_rate)


COLUMNS = ["rate", "better", "worse", "slope", "low", "high", "largest_rise", "diverged"]


def _trend(runs: Array, sizes: tuple[float, ...], level: float) -> tuple[float, ...]:
    """All columns but the rate, for the criterion (S, K) at one rate."""
    better = float(page_trend_test(runs[:, ::-1]).pvalue)
    worse = float(page_trend_test(runs).pvalue)
    lost = ~np.isfinite(runs)
    more = np.diff(lost.mean(axis=0))
    better, worse = (1.0 if (more > 0).any() else better), (1.0 if (more < 0).any() else worse)
    middle = reach = rise = nan
    if not lost.any():
        slopes = seed_slopes(runs[:, :, None], np.log2(np.array(sizes)))[:, 0]
        middle, reach = float(slopes.mean()), float(half_width(slopes, level=level))
        rise = float(np.diff(runs.mean(axis=0)).max())
    return better, worse, middle, middle - reach, middle + reach, rise, float(lost.mean())


def _word(by_rate: pd.DataFrame, scale: str, error: float) -> str:
    if by_rate.empty:
        return "open"
    if (by_rate["better"] <= error).all():
        return f"{LARGER.get(scale, 'larger')} is better"
    if (by_rate["worse"] <= error).all():
        return f"{LARGER.get(scale, 'larger')} is worse"
    shown = _holm(by_rate[["better", "worse"]].to_numpy(), error)
    return "depends on the rate" if shown.any(axis=0).all() else "open"


def _holm(p_values: Array, error: float) -> NDArray[np.bool_]:
    """Which hypotheses are rejected while all errors together stay below `error`; same shape."""
    flat = p_values.ravel()
    order = flat.argsort()
    passed = np.logical_and.accumulate(flat[order] <= error / np.arange(flat.size, 0, -1))
    rejected = np.zeros(flat.size, dtype=bool)
    rejected[order] = passed
    return rejected.reshape(p_values.shape)


def _sentence(word: str, by_rate: pd.DataFrame, scale: str, error: float) -> str:
    if by_rate.empty:
        return f"Open: every run diverged at every rate that the {scale}s share."
    better, worse = int((by_rate["better"] <= error).sum()), int((by_rate["worse"] <= error).sum())
    counts = (
        f"the loss is shown to fall with {scale} at {better} and to rise at {worse} of {len(by_rate)} learning rates"
    )
    return f"{word[0].upper()}{word[1:]}: {counts} (one-sided error {100 * error:.2g} % each)."
