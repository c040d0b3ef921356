"""Does the best learning rate stay put while networks grow?"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import nan
from numbers import Integral

import numpy as np
import pandas as pd

from spectra.fitting.given import check_level, is_number
from spectra.fitting.intervals import Interval, half_width
from spectra.notebook import as_html
from spectra.verdicts.fast_transfer import FastTransfer, fast_transfer
from spectra.verdicts.long_table import long_table
from spectra.verdicts.rate_blocks import CRITERIA, RateBlocks
from spectra.verdicts.rate_evidence import RateEvidence, rate_evidence
from spectra.verdicts.rate_limit import RateLimit, limit_notes, rate_limit
from spectra.verdicts.rate_words import rate_notes, rate_verdict
from spectra.verdicts.wider_is_better import WiderIsBetter, size_order


@dataclass(frozen=True)
class OtherCriterion:
    """The verdict on the same runs by the criterion that was not chosen: printed beside, never instead."""

    criterion: str
    verdict: str  # transfers | drifts | inconclusive | censored; "cannot be judged" where its losses forbid it
    sentence: str
    drift: float  # octaves per doubling of size; nan where it is unknown
    interval: Interval


@dataclass(frozen=True, repr=False)
class RateTransfer:
    """Verdict on the drift of the best learning rate with size, with the numbers behind it."""

    scale: str  # the column that grows: "width" or "depth"
    criterion: str  # mean_log_loss | final_log_loss
    sizes: tuple[float, ...]  # ascending
    seeds: tuple[int, ...]  # seeds that are complete and entered
    verdict: str  # transfers | drifts | inconclusive | censored
    sentence: str  # the verdict in plain words, with numbers
    notes: tuple[str, ...]  # what a reader must know besides
    losses: pd.DataFrame  # size, rate, criterion (seed mean, nats), low, high (t interval), diverged (share of seeds)
    optima: pd.DataFrame  # size, optimum, low, high, edge, stable_edge (largest rate at which no seed diverged)
    drift: float  # octaves of the optimum per doubling of size; nan when censored
    drift_interval: Interval
    skewed: float  # part of the drift that a changing skew implies, see `rate_drift`; the interval holds both
    drift_margin: float  # largest |drift| that counts as transfer
    resolution: float  # largest grid spacing beside the optima, octaves
    regret: pd.DataFrame  # size, regret (nats that the largest size loses at this size's optimum), then as below
    regret_map: pd.DataFrame  # tuned_at, run_at, regret, low, high, percent, noise, interpolated; see `rate_regrets`
    fast: FastTransfer  # whether that regret vanishes faster than the loss improves with size
    limit: RateLimit  # where training starts to diverge, its drift, and the optimum and sharpness beside it
    wider: WiderIsBetter  # the order of sizes at fixed rates
    other: OtherCriterion  # the verdict by the criterion that was not chosen
    excluded: pd.DataFrame  # size, rate, seed, reason: runs that did not enter, and why

    _repr_html_ = as_html

    def __repr__(self) -> str:
        """The verdict in plain words."""
        return f"RateTransfer({self.sentence})"


def rate_transfer(
    table: pd.DataFrame,
    *,
    scale: str = "width",
    criterion: str = "mean_log_loss",
    level: float = 0.90,
    drift_margin: float = 0.1,
    resampling_seed: int = 0,
) -> RateTransfer:
    """Locate the best learning rate at every size and test whether it drifts.

    A run that diverged has an infinite criterion, and so has the mean of its seeds: it is never the best and never
    dropped. The optimum lies on a parabola around the best grid point (`optima`), and the drift is the slope of its
    log2 over log2 size, with an interval from resampled seeds (`rate_drift`). The criterion must be chosen before the
    curves are seen: mean and final loss can answer differently. The verdict by the other one is printed beside.

    Besides the drift: what it costs to train one size at the rate tuned at another (`rate_regrets`), whether that cost
    vanishes faster than the loss improves (`fast_transfer`), where training diverges (`rate_limit`) and whether larger
    networks are better at fixed rates (`size_order`). None of them enters the verdict.

    Verdicts: `transfers` when the interval of the drift lies within the margin, `drifts` when it lies beyond,
    `censored` when the best rate of some size is the first or the last of its grid, `inconclusive` else.

    Args:
        table: Long table of one regime over sizes, rates and seeds, with the quantities loss and diverged.
            Without a column `index` it is 0 everywhere.
        scale: The column that grows.
        criterion: `mean_log_loss` (every recorded step counts alike) or `final_log_loss`; natural logarithms.
        level: Confidence of the intervals; (1 - level) / 2 is the error of a verdict.
        drift_margin: Largest |drift| that counts as transfer, octaves of rate per doubling of size.
        resampling_seed: Seed of the generator that resamples seeds; results are equal for equal seeds.

    Raises:
        ValueError: If the table cannot be used (see `rate_blocks`) or an option is out of its range.

    Source: the question after Yang et al. 2022, arXiv 2203.03466; the tests are specified by this project.
    """
    if not (is_number(drift_margin) and drift_margin > 0):
        raise ValueError(f"a drift_margin of {drift_margin!r} was given; use a positive number, for example 0.1")
    check_level(level)
    seed: object = resampling_seed
    if not isinstance(seed, Integral) or int(seed) < 0:
        raise ValueError(f"a resampling_seed of {resampling_seed!r} was given; use a whole number from 0 on")
    table = long_table(table, [scale, "rate", "seed"])
    evidence_by = partial(
        rate_evidence, table, scale=scale, level=level, drift_margin=drift_margin, resampling_seed=resampling_seed
    )
    evidence = evidence_by(criterion)
    blocks, found = evidence.blocks, evidence.found
    verdict = rate_verdict(evidence)
    limit = rate_limit(table, blocks, evidence.tuned, scale=scale, level=level)
    return RateTransfer(
        scale=scale,
        criterion=criterion,
        sizes=blocks.sizes,
        seeds=blocks.seeds,
        verdict=verdict.word,
        sentence=verdict.sentence,
        notes=(*rate_notes(evidence), *limit_notes(limit, scale)),
        losses=_losses(blocks, level),
        optima=found.optima,
        drift=found.drift,
        drift_interval=found.interval,
        skewed=found.skewed,
        drift_margin=drift_margin,
        resolution=found.resolution,
        regret=evidence.regret.drop(columns="run_at").rename(columns={"tuned_at": "size"}).reset_index(drop=True),
        regret_map=evidence.regrets.table,
        fast=fast_transfer(blocks, evidence.tuned, evidence.regrets, scale=scale, level=level),
        limit=limit,
        wider=size_order(blocks, scale=scale, level=level),
        other=_other(evidence_by, chosen=criterion, level=level),
        excluded=blocks.excluded,
    )


def _other(evidence_by: Callable[[str], RateEvidence], *, chosen: str, level: float) -> OtherCriterion:
    """The same judgement by the criterion that was not chosen."""
    criterion = next(name for name in CRITERIA if name != chosen)
    try:
        evidence = evidence_by(criterion)
    except ValueError as error:
        # A loss of zero at a step that only one criterion uses: the reason is the answer.
        return OtherCriterion(
            criterion, "cannot be judged", f"Cannot be judged: {error}", nan, Interval(nan, nan, level)
        )
    verdict = rate_verdict(evidence)
    return OtherCriterion(criterion, verdict.word, verdict.sentence, evidence.found.drift, evidence.found.interval)


def _losses(blocks: RateBlocks, level: float) -> pd.DataFrame:
    """Size, rate, criterion, low, high and diverged; the interval of an infinite mean is nan."""
    frames = []
    for size, rates, values in zip(blocks.sizes, blocks.rates, blocks.values, strict=True):
        lost = np.isinf(values)
        finite = ~lost.any(axis=0)
        mean, reach = np.full(rates.shape, nan), np.full(rates.shape, nan)
        if len(values):
            mean = values.mean(axis=0)
            reach[finite] = half_width(values[:, finite], level=level)
        share = lost.mean(axis=0) if len(values) else np.full(rates.shape, nan)
        columns = {"rate": rates, "criterion": mean, "low": mean - reach, "high": mean + reach, "diverged": share}
        frames.append(pd.DataFrame({"size": size, **columns}))
    return pd.concat(frames, ignore_index=True)
