"""Everything that the verdict on rate transfer rests on."""

from dataclasses import dataclass
from math import log2

import pandas as pd

from spectra.verdicts.rate_blocks import RateBlocks, rate_blocks
from spectra.verdicts.rate_drift import RateDrift, rate_drift
from spectra.verdicts.rate_regret import RateRegrets, rate_regrets
from spectra.verdicts.rate_resamples import RateResamples, rate_resamples


@dataclass(frozen=True)
class RateEvidence:
    """One criterion by size and rate, its best rates, their drift and what moving them costs."""

    scale: str
    criterion: str
    blocks: RateBlocks
    tuned: RateResamples
    found: RateDrift
    regrets: RateRegrets
    drift_margin: float

    @property
    def regret(self) -> pd.DataFrame:
        """Rows of the regrets at the largest size."""
        table = self.regrets.table
        return table[table["run_at"] == self.blocks.sizes[-1]]

    @property
    def octaves(self) -> float:
        """Doublings between the smallest and the largest size."""
        return log2(self.blocks.sizes[-1] / self.blocks.sizes[0])


def rate_evidence(
    table: pd.DataFrame, criterion: str, *, scale: str, level: float, drift_margin: float, resampling_seed: int
) -> RateEvidence:
    """Best rates, their drift and the regrets by one criterion.

    Args:
        table: Long table, of `long_table`.
        criterion: Of `CRITERIA`.
        scale: The column that grows.
        level: Confidence of the intervals.
        drift_margin: Largest |drift| that counts as transfer.
        resampling_seed: Seed of the generator that resamples seeds.

    Raises:
        ValueError: As `rate_blocks`.
    """
    blocks = rate_blocks(table, criterion, scale=scale)
    tuned = rate_resamples(blocks, resampling_seed=resampling_seed, level=level)
    found, regrets = rate_drift(blocks, tuned, level=level), rate_regrets(blocks, tuned, level=level)
    return RateEvidence(scale, criterion, blocks, tuned, found, regrets, drift_margin)
