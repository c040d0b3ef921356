"""Do normalised loss curves of all sizes fall onto one, more closely than seeds of one size do?"""

from dataclasses import dataclass
from math import inf, isfinite, nan

import numpy as np
import pandas as pd

from spectra.fitting.given import check_level, is_number
from spectra.fitting.intervals import Array, half_width
from spectra.notebook import as_html
from spectra.verdicts.collapse_curves import curves_over_training
from spectra.verdicts.collapse_words import APART, TOGETHER, UNDECIDED, collapse_words
from spectra.verdicts.seed_blocks import SeedBlocks
from spectra.verdicts.verdict import FEWEST_SEEDS


@dataclass(frozen=True, repr=False)
class Collapse:
    """Verdict on the collapse of normalised loss curves, with the numbers behind it."""

    quantity: str
    scale: str
    sizes: tuple[float, ...]  # ascending
    seeds: tuple[int, ...]  # seeds that are complete and entered
    verdict: str  # supercollapse | no supercollapse | inconclusive
    sentence: str  # the verdict in plain words, with numbers
    floor: float  # loss that was taken off
    share: float  # of the judged times, those at which the curves are shown to be closer than the noise
    by_time: pd.DataFrame  # time, deviation, noise, ratio, low, high, judged
    curves: pd.DataFrame  # size, time, value (normalised, mean over seeds), low, high
    excluded: pd.DataFrame  # size, seed, reason

    _repr_html_ = as_html

    def __repr__(self) -> str:
        """The verdict in plain words."""
        return f"Collapse({self.sentence})"


def collapse(
    table: pd.DataFrame,
    quantity: str = "loss",
    *,
    scale: str = "width",
    floor: float = 0.0,
    start: float = 0.5,
    level: float = 0.90,
) -> Collapse:
    """Hold the spread of normalised loss curves over sizes against the spread of seeds at one size.

    With x the share of the training and L0 the floor, each run has the curve l(x) = (L(x) - L0) / (L(1) - L0). The
    deviation is the standard deviation of l over all sizes and seeds, divided by its mean; the noise that of L - L0
    over the seeds of one size, divided by its mean (root mean square over sizes). A deviation below the noise is
    possible, because a run that ends low was low before: dividing by its own end takes that away. It is certain close
    to x = 1 and says little there; at x = 1 the curves meet by construction, and that time is not judged.

    The interval of the ratio comes from leaving out one seed at a time (jackknife of its logarithm, S - 1 degrees of
    freedom). Verdicts over the judged times, start <= x < 1:

    - `supercollapse`: the interval of deviation / noise is below one at each (error (1 - level) / 2).
    - `no supercollapse`: it is above one at some, with the error shared among the times (Bonferroni).
    - `inconclusive`: else, or fewer than three complete seeds, two sizes or one judged time. Also instead of the first
      where runs diverged: the runs that are left are those that behaved.

    Args:
        table: Long table of one regime and one rate; sizes may be trained for different numbers of steps.
            Without a column `index` it is 0 everywhere.
        quantity: A loss.
        scale: The column that grows.
        floor: Loss L0 that no size can go below, for example the noise of the labels.
        start: Share of the training at which judging begins.
        level: Confidence of the intervals.

    Raises:
        ValueError: If the table cannot be used (see `curves_over_training`) or an option is out of its range.

    Source: Qiu et al. 2025, arXiv 2507.02119, for deviation and noise floor; the test is specified by this project.
    """
    check_level(level)
    if not (is_number(start) and 0 <= start < 1):
        raise ValueError(f"a start of {start!r} was given; use a share of the training from 0 up to below 1")
    if not (is_number(floor) and isfinite(floor)):
        raise ValueError(
            f"a floor of {floor!r} was given; use the loss that no size can go below, or 0 where none is known"
        )
    times, blocks = curves_over_training(table, quantity, scale=scale, floor=floor)
    times = times[list(blocks.steps)]
    by_time = _by_time(blocks.values, times, start=start, level=level)
    judged = by_time[by_time["judged"]]
    comparable = len(blocks.seeds) >= FEWEST_SEEDS and len(blocks.sizes) > 1
    share = float((judged["high"] < 1).mean()) if comparable and len(judged) else nan
    word = _word(judged, comparable=comparable, lost=blocks.lost_runs > 0)
    return Collapse(
        quantity=quantity,
        scale=scale,
        sizes=blocks.sizes,
        seeds=blocks.seeds,
        verdict=word,
        sentence=collapse_words(word, blocks, judged, share=share, level=level),
        floor=floor,
        share=share,
        by_time=by_time,
        curves=_curves(blocks, times, level=level),
        excluded=blocks.excluded,
    )


def log_ratio(values: Array) -> Array:
    """Log of deviation / noise (T,) from logs of loss minus floor (S, K, T); nan at the last time and without noise."""
    deviation, noise = _spreads(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Array = np.log(deviation) - np.log(noise)
    ratio[-1] = nan
    # Where all losses are equal, as at the start with a readout of zeros, there is no ratio.
    return np.where(np.isfinite(ratio), ratio, nan)


def _spreads(values: Array) -> tuple[Array, Array]:
    """Deviation and noise (T,)."""
    curves = np.exp(values - values[:, :, -1:]).reshape(-1, values.shape[2])
    losses = np.exp(values - values.mean(axis=0))
    relative = losses.var(axis=0, ddof=1) / np.square(losses.mean(axis=0))
    return curves.std(axis=0, ddof=1) / curves.mean(axis=0), np.sqrt(relative.mean(axis=0))


def _by_time(values: Array, times: Array, *, start: float, level: float) -> pd.DataFrame:
    names = ["time", "deviation", "noise", "ratio", "low", "high", "band_low"]
    seeds = len(values)
    if seeds < FEWEST_SEEDS or times.size == 0:
        return pd.DataFrame(columns=names, dtype=float).assign(judged=pd.Series(dtype=bool))
    deviation, noise = _spreads(values)
    whole = log_ratio(values)
    left_out = np.stack([log_ratio(np.delete(values, seed, axis=0)) for seed in range(seeds)])
    pseudo = seeds * whole - (seeds - 1) * left_out
    judged = (times >= start) & (times < 1)
    reach, band = half_width(pseudo, level=level), half_width(pseudo, level=level, comparisons=max(1, judged.sum()))
    columns = (times, deviation, noise, *np.exp([whole, whole - reach, whole + reach, whole - band]))
    return pd.DataFrame(dict(zip(names, columns, strict=True))).assign(judged=judged)


def _word(judged: pd.DataFrame, *, comparable: bool, lost: bool) -> str:
    if not comparable or not len(judged):
        return UNDECIDED
    if (judged["high"] < 1).all():
        return UNDECIDED if lost else TOGETHER
    return APART if (judged["band_low"] > 1).any() else UNDECIDED


def _curves(blocks: SeedBlocks, times: Array, *, level: float) -> pd.DataFrame:
    curves = np.exp(blocks.values - blocks.values[:, :, -1:]) if blocks.values.size else blocks.values
    mean = curves.mean(axis=0) if len(curves) else np.full(curves.shape[1:], nan)
    reach = half_width(curves, level=level) if len(curves) else np.full(curves.shape[1:], inf)
    named = blocks.points.table().loc[np.repeat(np.arange(len(blocks.sizes)), times.size)].reset_index(drop=True)
    flat = {"value": mean, "low": mean - reach, "high": mean + reach}
    columns = {name: values.reshape(-1) for name, values in flat.items()}
    return pd.concat([named, pd.DataFrame({"time": np.tile(times, len(blocks.sizes)), **columns})], axis=1)
