"""The verdict on consistency in plain words, with the numbers that it rests on."""

from dataclasses import dataclass
from itertools import combinations
from math import log, log2

import numpy as np
import pandas as pd

from spectra.fitting.intervals import Interval
from spectra.verdicts.seed_blocks import SeedBlocks
from spectra.verdicts.size_trend import SizeTrend, seeds_needed
from spectra.verdicts.verdict import FEWEST_SEEDS, factor, percent, range_words, row_at, seeds_words

# Growth by less than this over the training counts as none, and exponents above this as fading growth.
NO_GROWTH, FADES = log(1.1), 0.1


@dataclass(frozen=True)
class Evidence:
    """Everything that the verdict on consistency rests on."""

    quantity: str
    scale: str
    blocks: SeedBlocks
    trend: SizeTrend
    growth: pd.DataFrame  # size, growth, low, high
    fade_interval: Interval
    margin: float
    total_margin: float
    level: float

    @property
    def bound(self) -> float:
        """Largest |slope| per doubling that satisfies both margins."""
        return min(self.margin, self.total_margin / log2(self.blocks.sizes[-1] / self.blocks.sizes[0]))

    @property
    def named(self) -> str:
        """The quantity as it is read."""
        return self.quantity.replace("_", " ")

    @property
    def span(self) -> str:
        """What is compared, in words."""
        return f"{self.named}, from {self.scale} {self.blocks.sizes[0]:g} to {self.blocks.sizes[-1]:g},"

    @property
    def allowed(self) -> str:
        """The margin in words."""
        total = percent(self.total_margin, sign=False)
        reason = "" if self.bound == self.margin else f", which adds up to {total} over all sizes"
        return f"allowed: ±{percent(self.bound, sign=False)}{reason}"

    @property
    def seeds(self) -> str:
        """How many seeds were used, in words."""
        return seeds_words(len(self.blocks.seeds), self.blocks.all_seeds)

    @property
    def reach(self) -> pd.Series:
        """Largest |slope| inside the pointwise interval, by checkpoint."""
        by_step = self.trend.by_step
        return by_step[["low", "high"]].abs().max(axis=1)


def missing_words(evidence: Evidence) -> str:
    """What keeps the tests from being made at all; empty if nothing does."""
    blocks, scale = evidence.blocks, evidence.scale
    if len(blocks.sizes) < 2:
        return f"there is one {scale} only ({blocks.sizes[0]:g}); a trend needs two or more, and four to be convincing."
    if len(blocks.seeds) < FEWEST_SEEDS:
        diverged = blocks.excluded[blocks.excluded["reason"].str.startswith("diverged")]
        lost = [f"{size:g}" for size in blocks.sizes if int((diverged["size"] == size).sum()) == blocks.all_seeds]
        told = f" At {scale} {', '.join(lost)} every run diverged, which is a dependence by itself." if lost else ""
        return (
            f"{len(blocks.seeds)} of {blocks.all_seeds} seeds are complete at every {scale}, and {FEWEST_SEEDS} are "
            f"the fewest that can be judged.{told} Run more seeds, or judge at a rate at which none diverges."
        )
    if len(blocks.steps) < 2:
        return (
            f"the number of checkpoints that all complete runs share is {len(blocks.steps)}; two or more are needed, "
            "one of them at the start: measure all runs at the same steps."
        )
    return ""


def shown_words(evidence: Evidence) -> str:
    """What a passed equivalence test says."""
    by_step = evidence.trend.by_step
    return (
        f"{evidence.span} changes by at most {percent(float(evidence.reach.max()), sign=False)} per doubling at every "
        f"one of {len(by_step)} checkpoints (slopes b between {by_step['slope'].min():+.4f} and "
        f"{by_step['slope'].max():+.4f} log units, {100 * evidence.level:g} % intervals between "
        f"{by_step['low'].min():+.4f} and {by_step['high'].max():+.4f}; {evidence.allowed}), and no two sizes differ "
        f"by more than {percent(float(by_step['largest_gap'].max()), sign=False)} (allowed: "
        f"{percent(evidence.total_margin, sign=False)}), with {evidence.seeds}. Whether gaps below these margins build "
        "up in time was not tested."
    )


def violation_words(evidence: Evidence, beyond: pd.DataFrame) -> str:
    """Where and how much the quantity depends on size; `beyond` holds the checkpoints at which the band says so."""
    by_step, blocks, trend = evidence.trend.by_step, evidence.blocks, evidence.trend
    if not len(beyond):
        return (
            f"{evidence.span} changes by {percent(trend.mean_slope)} per doubling on average over {len(by_step)} "
            f"checkpoints (b = {trend.mean_slope:+.3f} log units, {range_words(trend.mean_slope_interval, 3)}; "
            f"{evidence.allowed}), with {evidence.seeds}. No single checkpoint shows it alone."
        )
    excess = np.maximum(beyond["band_low"].to_numpy(), -beyond["band_high"].to_numpy())
    worst = row_at(beyond, int(excess.argmax()))
    means = blocks.values.mean(axis=0)[:, blocks.steps.index(int(worst["step"]))]
    small, large = max(combinations(range(len(means)), 2), key=lambda pair: abs(means[pair[1]] - means[pair[0]]))
    return (
        f"{evidence.named} depends on {evidence.scale}. At step {worst['step']:g} it changes by "
        f"{percent(worst['slope'])} per doubling (b = {worst['slope']:+.3f} log units, simultaneous "
        f"{50 * (1 + evidence.level):g} % band {worst['band_low']:+.3f} to {worst['band_high']:+.3f}; "
        f"{evidence.allowed}), and by {percent(float(means[large] - means[small]))} from {evidence.scale} "
        f"{blocks.sizes[small]:g} to {blocks.sizes[large]:g}. The change is beyond the margin at {len(beyond)} of "
        f"{len(by_step)} checkpoints, first at step {beyond['step'].iloc[0]:g}, with {evidence.seeds}."
    )


def open_words(evidence: Evidence) -> str:
    """Why neither consistency nor a violation was shown, and what would settle it."""
    by_step, reach = evidence.trend.by_step, evidence.reach.to_numpy()
    if (reach < evidence.bound).all():
        gap = row_at(by_step, int(by_step["largest_gap"].to_numpy().argmax()))
        return (
            f"{evidence.span} has no slope beyond the margin, but two sizes may differ by "
            f"{percent(gap['largest_gap'], sign=False)} at step {gap['step']:g} (allowed: "
            f"{percent(evidence.total_margin, sign=False)}), with {evidence.seeds}: the dependence on {evidence.scale} "
            "is no straight line, or the runs scatter too much."
        )
    worst = row_at(by_step, int(reach.argmax()))
    return (
        f"the change of {evidence.span} is neither shown to be small nor shown to be large. At step {worst['step']:g} "
        f"it is {percent(worst['slope'])} per doubling ({100 * evidence.level:g} % interval {percent(worst['low'])} to "
        f"{percent(worst['high'])}; {evidence.allowed}), and {int((reach >= evidence.bound).sum())} of {len(by_step)} "
        f"intervals leave the margin, with {evidence.seeds}. {_advice(evidence)}"
    )


def survivor_words(evidence: Evidence) -> str:
    """Why a passed test does not count when runs were lost to it."""
    return (
        f"{evidence.blocks.lost_runs} runs diverged or left the positive numbers, so the runs that are left were "
        f"chosen by their outcome, and what was lost may itself depend on {evidence.scale}. Judge at a rate at which "
        f"no run is lost. For the rest: {shown_words(evidence)}"
    )


def _advice(evidence: Evidence) -> str:
    by_step = evidence.trend.by_step
    if not (by_step["slope"].abs() < evidence.bound).all():
        return "The estimate itself is beyond the margin: more seeds would tell whether that is chance."
    needed = seeds_needed(by_step, len(evidence.blocks.seeds), level=evidence.level, margin=evidence.bound)
    if needed is None:
        return "More than a thousand seeds would be needed: measure with less noise or widen the margin."
    return f"With about {needed} seeds the worst checkpoint would pass in four of five repetitions, all else equal."


def growth_words(evidence: Evidence) -> str:
    """Whether the quantity moves in training at the largest size, and whether its growth fades."""
    top = row_at(evidence.growth, -1)
    at = f"at {evidence.scale} {top['size']:g}, {evidence.named}"
    numbers = (
        f"{factor(top['growth'])} from the first checkpoint to the plateau ({100 * evidence.level:g} % interval "
        f"{factor(top['low'])} to {factor(top['high'])})"
    )
    if top["high"] < NO_GROWTH:
        said = f"It does not grow: {at} changes {numbers}, and networks that learn no features would show the same."
    elif top["low"] > NO_GROWTH:
        said = f"{at[0].upper()}{at[1:]} grows {numbers}."
    else:
        said = f"Whether it grows is open: {at} changes {numbers}."
    fades = evidence.fade_interval.low > FADES
    return said + (f" The growth fades with {evidence.scale}: {_fade_words(evidence)}." if fades else "")


def _fade_words(evidence: Evidence) -> str:
    return f"log growth ~ {evidence.scale}^-q, q with {range_words(evidence.fade_interval)}"
