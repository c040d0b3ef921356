"""How much a quantity grows in training (part of test D)."""

from math import nan

import numpy as np
import pandas as pd

from spectra.fitting.intervals import Array, half_width
from spectra.verdicts.seed_blocks import SeedBlocks
from spectra.verdicts.size_points import SizePoints


def seed_growth(blocks: SeedBlocks, *, plateau: float) -> Array:
    """Log growth (S, K): mean over the last share `plateau` of the checkpoints, minus the first checkpoint."""
    steps = blocks.values.shape[2]
    if steps < 2:
        return np.full(blocks.values.shape[:2], np.nan)
    last = min(steps - 1, int(np.ceil(plateau * steps)))
    growth: Array = blocks.values[:, :, steps - last :].mean(axis=2) - blocks.values[:, :, 0]
    return growth


def growth_by_size(growth: Array, points: SizePoints, *, level: float) -> pd.DataFrame:
    """Mean over seeds with its t interval: size (and the columns where there are two), growth, low, high."""
    mean = growth.mean(axis=0) if len(growth) else np.full(len(points.sizes), nan)
    reach = half_width(growth, level=level)
    found = pd.DataFrame({"growth": mean, "low": mean - reach, "high": mean + reach})
    return pd.concat([points.table(), found], axis=1)
