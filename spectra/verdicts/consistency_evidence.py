"""Everything that the verdict on consistency rests on."""

from dataclasses import dataclass
from math import ceil, log

import pandas as pd

from spectra.verdicts.accumulation import Accumulation
from spectra.verdicts.consistency_options import Options
from spectra.verdicts.entry_names import entry_name
from spectra.verdicts.power_of_size import PowerOfSize
from spectra.verdicts.seed_blocks import SeedBlocks
from spectra.verdicts.size_trend import SizeTrend
from spectra.verdicts.verdict import percent, percents, row_at, seeds_words

# A change of the quantity by less than a tenth over the training counts as none.
NO_GROWTH = log(1.1)
# A kernel is lazy when its movement 1 - CKA falls off faster than size^-LAZY or is below NO_MOVEMENT. Exact linear
# networks on ten features, widths 64 to 4096 (tests/verdicts/exact_testbed.py), chose both: under muP the exponent is
# 0.12 (0.10 to 0.15), a finite-size correction to a limit of 0.010; under NTK that is matched at width 64 it is 0.71
# (0.66 to 0.76), down to 0.0003, and under plain NTK 1.9 (1.7 to 2.0), down to 1e-7.
LAZY, NO_MOVEMENT = 0.5, 1e-3


@dataclass(frozen=True)
class Evidence:
    """Results of all tests, and the margins that they were held against."""

    quantity: str
    index: int
    blocks: SeedBlocks
    options: Options
    trend: SizeTrend
    accumulation: Accumulation
    noise: pd.DataFrame  # see `noise_ratio`
    growth: pd.DataFrame  # size, growth, low, high
    fade: PowerOfSize  # of the growth
    movement: pd.DataFrame | None  # see `movement`

    @property
    def level(self) -> float:
        """Confidence of the pointwise intervals."""
        return self.options.level

    @property
    def scale(self) -> str:
        """What grows, in words."""
        return self.blocks.points.name

    @property
    def bound(self) -> float:
        """Largest |slope| per doubling that satisfies both margins."""
        span = self.blocks.points.span
        return min(self.options.margin, self.options.total_margin / span) if span else self.options.margin

    @property
    def named(self) -> str:
        """The quantity as it is read: of a vector one entry is judged."""
        name = entry_name(self.quantity, self.index)
        return f"the {name}" if self.index else name

    @property
    def doubling(self) -> str:
        """What the slopes are for, in words."""
        return f"per doubling of {' or '.join(self.blocks.points.columns)}"

    @property
    def span(self) -> str:
        """The sizes that are compared, in words."""
        labels = self.blocks.points.labels
        return f"from {self.scale} {labels[0]} to {labels[-1]}"

    @property
    def allowed(self) -> str:
        """The margin in words."""
        total = percent(self.options.total_margin, sign=False)
        reason = "" if self.bound == self.options.margin else f", which adds up to {total} over all sizes"
        return f"allowed: {percents(-self.bound, self.bound)}{reason}"

    @property
    def seeds(self) -> str:
        """How many seeds were used, in words."""
        return seeds_words(len(self.blocks.seeds), self.blocks.all_seeds)

    @property
    def reach(self) -> pd.Series:
        """Largest |slope| inside the pointwise interval, by row of the trend."""
        return self.trend.by_step[["low", "high"]].abs().max(axis=1)

    @property
    def holds(self) -> pd.Series:
        """Whether slopes and gaps are shown to be within both margins, by checkpoint."""
        by_step = self.trend.by_step
        within = (self.reach < self.bound) & (by_step["largest_gap"] < self.options.total_margin)
        return within.groupby(by_step["step"]).all()

    @property
    def holds_early(self) -> bool:
        """Whether that is so at all checkpoints of the early window."""
        return bool(self.holds.iloc[: ceil(self.options.early * len(self.blocks.steps))].all())

    @property
    def holds_until(self) -> int | None:
        """Last checkpoint up to which all hold; None if the first does not.

        The checkpoints are tested in their order until one fails, so that the error of the whole statement is that of
        one test (fixed-sequence testing; Maurer, Hothorn and Lehmacher 1995).
        """
        held = self.holds.cumprod()
        return int(held.index[int(held.sum()) - 1]) if held.sum() else None

    @property
    def violations(self) -> pd.DataFrame:
        """Rows of the trend whose simultaneous band lies beyond the margin."""
        by_step = self.trend.by_step
        return by_step[(by_step["band_low"] >= self.bound) | (by_step["band_high"] <= -self.bound)]

    @property
    def violated(self) -> bool:
        """Whether some checkpoint, or the mean over them, is shown to be beyond the margin."""
        mean = self.trend.mean_slope_interval
        return bool(len(self.violations) or mean.low >= self.bound or mean.high <= -self.bound)

    @property
    def is_loss(self) -> bool:
        """Whether the quantity is a loss, which falls in training also where no features are learned."""
        return self.quantity.endswith("loss")

    @property
    def still(self) -> bool:
        """Whether the quantity itself is no sign of learning: it hardly grows at the largest size, or is a loss."""
        top = row_at(self.growth, -1)
        return self.is_loss or max(-top["low"], top["high"]) < NO_GROWTH

    @property
    def lazy(self) -> bool:
        """Whether networks are lazy as far as can be seen.

        Neither the quantity, unless it is a loss, changes at the largest size, nor the kernel, where it was measured:
        its movement fades with size, or there is none.
        """
        kernel = self.moved("kernel_movement")
        if kernel is None:
            return self.still and not self.is_loss
        return self.still and (kernel["fade_low"] > LAZY or kernel["high"] < NO_MOVEMENT)

    def moved(self, quantity: str) -> dict[str, float] | None:
        """Movement of kernel or weights at the largest size with its interval; None if it was not measured."""
        if self.movement is None:
            return None
        rows = self.movement[self.movement["quantity"] == quantity]
        return row_at(rows, -1) if len(rows) else None
