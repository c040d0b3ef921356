"""Does the best learning rate stay put while networks grow?"""

from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd

from spectra.fitting.intervals import Interval, half_width
from spectra.verdicts.rate_blocks import RateBlocks, rate_blocks
from spectra.verdicts.rate_drift import rate_drift
from spectra.verdicts.rate_words import RateEvidence, rate_notes, rate_verdict


@dataclass(frozen=True)
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
    drift_margin: float  # largest |drift| that counts as transfer
    resolution: float  # largest grid spacing beside the optima, octaves
    regret: pd.DataFrame  # size, regret (nats of the criterion that the largest size loses at this size's optimum)
    excluded: pd.DataFrame  # size, rate, seed, reason: runs that did not enter, and why


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
    curves are seen: mean and final loss can answer differently.

    Verdicts: `transfers` when the interval of the drift lies within the margin, `drifts` when it lies beyond,
    `censored` when the best rate of some size is the first or the last of its grid, `inconclusive` else.

    Args:
        table: Long table of one regime over sizes, rates and seeds, with the quantities loss and diverged.
        scale: The column that grows.
        criterion: `mean_log_loss` (every recorded step counts alike) or `final_log_loss`; natural logarithms.
        level: Confidence of the intervals; (1 - level) / 2 is the error of a verdict.
        drift_margin: Largest |drift| that counts as transfer, octaves of rate per doubling of size.
        resampling_seed: Seed of the generator that resamples seeds; results are equal for equal seeds.

    Raises:
        ValueError: If the table cannot be used (see `rate_blocks`) or an option is out of its range.

    Source: the question after Yang et al. 2022, arXiv 2203.03466; the tests are specified by this project.
    """
    if not drift_margin > 0:
        raise ValueError(f"a drift_margin of {drift_margin} was asked; use a positive number, for example 0.1")
    if not 0 < level < 1:
        raise ValueError(f"a confidence level of {level} was asked; use a number between 0 and 1, for example 0.90")
    blocks = rate_blocks(table, criterion, scale=scale)
    found = rate_drift(blocks, level=level, resampling_seed=resampling_seed)
    evidence = RateEvidence(scale, criterion, blocks, found, drift_margin)
    verdict = rate_verdict(evidence)
    return RateTransfer(
        scale=scale,
        criterion=criterion,
        sizes=blocks.sizes,
        seeds=blocks.seeds,
        verdict=verdict.word,
        sentence=verdict.sentence,
        notes=rate_notes(evidence),
        losses=_losses(blocks, level),
        optima=found.optima,
        drift=found.drift,
        drift_interval=found.interval,
        drift_margin=drift_margin,
        resolution=found.resolution,
        regret=found.regret,
        excluded=blocks.excluded,
    )


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
