"""Does the gap between a finite and an infinite size build up in training? (test B)"""

from dataclasses import dataclass
from math import inf, isnan, nan

import numpy as np
import pandas as pd

from spectra.fitting.intervals import Array, Interval, half_width
from spectra.notebook import as_html
from spectra.verdicts.accumulation_growth import exceeds_noise, grows, growth_exponent, scatter_exponent
from spectra.verdicts.accumulation_reference import InfiniteSize, gaps_by_step, infinite_size, largest_gap, tells_limit
from spectra.verdicts.consistency_options import Options
from spectra.verdicts.seed_blocks import SeedBlocks
from spectra.verdicts.size_trend import bands, enough_seeds
from spectra.verdicts.verdict import FEW_SEEDS, FEWEST_SEEDS

ACCUMULATES, STEADY, FLOOR, OPEN = "accumulates", "does not accumulate", "below the noise floor", "open"
WITHIN, LIMITLESS, ITSELF = "within the margin", "no limit", "is a gap itself"
# A gap that grows more slowly than this power of the number of steps is not said to build up: over a thousandfold
# training it grows less than sixfold.
SLOW_GROWTH = 0.25


@dataclass(frozen=True, repr=False)
class Accumulation:
    """Growth in time of the gap to infinite size, along one column of sizes."""

    scale: str  # the column
    by_step: pd.DataFrame  # size, step, gap (signed log units), low, high, squared; see `gaps_by_step`
    fitted: pd.DataFrame  # step, gap (of the smallest size, by the fit), low, high, band_low, band_high, curve
    size_exponent: float  # p of gap ~ size^-p
    exponent: float  # beta of gap ~ step^beta; nan where it has none
    interval: Interval  # of beta; infinite ends where open
    largest: float  # upper bound on |gap| along the column, at every checkpoint after step 0, log units
    resolved: bool  # the gap exceeds the noise
    word: (
        str  # accumulates | does not accumulate | within the margin | below the noise floor | ... (see `accumulation`)
    )
    seeds_needed: int | None  # where open: seeds with which it would probably be settled; None if no number is in sight
    settles: str  # what that many seeds would probably show, in words; empty without a number

    _repr_html_ = as_html

    def __repr__(self) -> str:
        """The word with the exponent."""
        ends = f"[{self.interval.low:.3g}, {self.interval.high:.3g}]"
        return f"Accumulation({self.word}: step^{self.exponent:.3g} {ends}, at most {self.largest:.3g} log units)"


def accumulation(blocks: SeedBlocks, options: Options) -> Accumulation:
    """Test whether the gap c(t) of the smallest size to the limit of infinite size grows as a power of the step.

    The limit is extrapolated (`infinite_size`), for each seed by itself, so that every seed gives one curve c(t). The
    exponent beta of c(t) = c_0 t^beta and its interval come from these signed curves (`growth_exponent`): no absolute
    value is taken, whose noise would look like a gap, and no checkpoint is assumed to be independent of another. Under
    the model beta does not depend on the exponent p of the size.

    Words:

    - `does not accumulate`: the gap exceeds the noise (a band over all checkpoints and their mean excludes zero, error
      (1 - level) / 2), and beta is shown to be below `SLOW_GROWTH`.
    - `accumulates`: the gap exceeds the noise, the interval of beta is above zero but not below `SLOW_GROWTH`, and |c|
      is shown to be larger in the plateau than in the early window (`grows`), which a curve that passes through zero
      may not be, although some power fits it.
    - `within the margin`: the gap exceeds the noise, neither of these is shown, and the gap is shown to stay below the
      total margin at every checkpoint.
    - `below the noise floor`: no gap is seen, and it is shown to stay below the total margin at every checkpoint. A gap
      smaller than the noise may still grow unseen: `largest` says how large it may be.
    - `open`: else; also with so few sizes that every way to a limit fits them (`tells_limit`).

    Two more are said without a test, of quantities that have no gap: `no limit` (`without_limit`) and `is a gap itself`
    (`gap_itself`).

    A gap that is seen is not judged more strictly than one that is not: else further seeds, which make a small gap
    visible, would take a verdict away.

    Checkpoints are those after step 0. Over two columns each is tested, with the gap of the other taken out, and the
    one with the worse word is returned.

    Args:
        blocks: Logarithms of the quantity.
        options: Level, margins and windows.
    """
    level = options.level
    if len(blocks.seeds) < FEWEST_SEEDS or not tells_limit(blocks.points) or not blocks.steps:
        return _nothing(blocks.points.columns[0], level, OPEN)
    fit = infinite_size(blocks)
    by_step = gaps_by_step(blocks, fit, level=level)
    found = [_along(place, blocks, options, fit, by_step) for place in range(len(blocks.points.columns))]
    return min(found, key=lambda one: (ACCUMULATES, OPEN, WITHIN, STEADY, FLOOR).index(one.word))


def _along(place: int, blocks: SeedBlocks, options: Options, fit: InfiniteSize, by_step: pd.DataFrame) -> Accumulation:
    """The answer for one column of sizes."""
    curves = fit.coefficients[:, place]
    later = curves[:, np.array(blocks.steps) > 0]
    exponent, interval = growth_exponent(curves, blocks.steps, level=options.level)
    resolved, largest = exceeds_noise(later, level=options.level), largest_gap(blocks, place, level=options.level)
    rising = interval.low > 0 and grows(later, options)
    word = _word(interval, resolved=resolved, rising=rising, largest=largest, options=options)
    needed, settles = None, ""
    if word == OPEN and len(curves) >= FEW_SEEDS:
        needed, settles = _seeds_needed(later, exponent, interval, options, resolved=resolved)
    return Accumulation(
        scale=blocks.points.columns[place],
        by_step=by_step,
        fitted=_fitted(curves, blocks.steps, exponent, level=options.level),
        size_exponent=fit.exponent,
        exponent=exponent,
        interval=interval,
        largest=largest,
        resolved=resolved,
        word=word,
        seeds_needed=needed,
        settles=settles,
    )


def _word(interval: Interval, *, resolved: bool, rising: bool, largest: float, options: Options) -> str:
    if resolved and interval.high < SLOW_GROWTH:
        return STEADY
    if resolved and rising:
        return ACCUMULATES
    if largest < options.total_margin:
        return WITHIN if resolved else FLOOR
    return OPEN


def _seeds_needed(
    curves: Array, exponent: float, interval: Interval, options: Options, *, resolved: bool
) -> tuple[int | None, str]:
    """Seeds with which the nearest of the open questions would be settled, and what they would show.

    That the gap is small; or, of a gap that is seen, which power of the step it follows. One that is not seen has no
    power that could be shown.
    """
    excess = {}
    if resolved and exponent > 0 and interval.low <= 0:
        excess["that it grows"] = (exponent - interval.low) / exponent
    if resolved and exponent < SLOW_GROWTH:
        slow = f"that it grows more slowly than step^{SLOW_GROWTH:g}"
        excess[slow] = (interval.high - exponent) / (SLOW_GROWTH - exponent)
    room = options.total_margin - np.abs(curves.mean(axis=0))
    if (room > 0).all() and curves.size:
        excess["that it stays within what is allowed"] = float((half_width(curves, level=options.level) / room).max())
    known = {question: one for question, one in excess.items() if np.isfinite(one)}
    if not known:
        return None, ""
    nearest = min(known, key=lambda question: known[question])
    needed = enough_seeds(known[nearest], len(curves), level=options.level)
    return needed, nearest if needed is not None else ""


def _fitted(curves: Array, steps: tuple[int, ...], exponent: float, *, level: float) -> pd.DataFrame:
    """The fitted gap of the smallest size with its band, and the power law through it (nan at step 0)."""
    times = np.array(steps, dtype=np.float64)
    found = bands(curves, level=level).rename(columns={"mean": "gap"})
    curve = np.full(times.size, nan)
    if not isnan(exponent):
        used = times > 0
        weights = times[used] ** -scatter_exponent(curves[:, used], times[used])
        shape = times[used] ** exponent * weights
        curve[used] = times[used] ** exponent * (shape @ (weights * curves[:, used].mean(axis=0))) / (shape @ shape)
    return pd.concat([pd.DataFrame({"step": steps}), found, pd.DataFrame({"curve": curve})], axis=1)


def without_limit(column: str, level: float) -> Accumulation:
    """What is left where a quantity depends on the size and nears no limit: there is no gap to one."""
    return _nothing(column, level, LIMITLESS)


def gap_itself(column: str, level: float) -> Accumulation:
    """What is left of a quantity that is a distance to infinite size (`quantity_limits`)."""
    return _nothing(column, level, ITSELF)


def _nothing(column: str, level: float, word: str) -> Accumulation:
    """What is left without a limit, or without three seeds, sizes enough and a checkpoint."""
    by_step = pd.DataFrame(columns=["size", "step", "gap", "low", "high", "squared"], dtype=float)
    fitted = pd.DataFrame(columns=["step", "gap", "low", "high", "band_low", "band_high", "curve"], dtype=float)
    return Accumulation(column, by_step, fitted, nan, nan, Interval(-inf, inf, level), inf, False, word, None, "")
