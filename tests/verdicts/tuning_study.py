"""Simulated tuning curves whose optimum, regret and loss gap are known."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from spectra.verdicts.rate_blocks import RateBlocks

SIZES = (64, 128, 256, 512)
SHAPES = {
    "parabola": lambda distance: 0.3 * distance**2,
    # Steeper towards large rates, as tuning curves are; the same curvature at the optimum.
    "skewed": lambda distance: skewed(distance, 1.0),
    # Slowly down to a cliff, as at the edge of stability.
    "cliff": lambda distance: np.where(distance <= 0, -0.2 * distance, 1.5 + distance),
}


def skewed(distance, bend):
    """exp(b x) - b x, as bent at its minimum as `SHAPES`: steeper to the right for b > 0, to the left below."""
    return 0.6 * (np.exp(bend * distance) - 1 - bend * distance) / bend**2


@dataclass(frozen=True)
class TuningStudy:
    """K sizes, curves around optima that drift, noise per run and per seed and size."""

    seeds: int
    drift: float = 0.0  # octaves per doubling
    spacing: float = 0.5  # octaves of the grid
    noise: float = 0.05  # sd of a run, nats, and of the place of a seed's optimum, octaves
    unequal: bool = False  # noise falls by sqrt(2) for every doubling, from twice its value
    shape: str = "parabola"
    bends: tuple[float, ...] = ()  # of `skewed`, one for each size, in place of a shape
    gap: float = 0.0  # amplitude of the loss, which falls as size^-1 relative to the smallest
    first: float = 0.2  # log2 of the optimum at the smallest size

    @property
    def optima(self):
        return self.first + self.drift * np.arange(len(SIZES))

    @property
    def scales(self):
        return self.noise * (2 * 2.0 ** (-np.arange(len(SIZES)) / 2) if self.unequal else np.ones(len(SIZES)))

    def curve(self, size, log2_rates):
        """The criterion without noise."""
        distance = log2_rates - self.optima[size]
        rise = skewed(distance, self.bends[size]) if self.bends else SHAPES[self.shape](distance)
        return rise + self.gap * SIZES[0] / SIZES[size]

    def regrets(self):
        """Exact regrets at the largest size."""
        return self.curve(-1, self.optima) - self.curve(-1, self.optima[-1:])

    def blocks(self, generator):
        """One draw."""
        logs, values = np.arange(-4, 4.01, self.spacing), []
        for size, scale in enumerate(self.scales):
            shaken = logs - scale * generator.standard_normal((self.seeds, 1))
            values.append(self.curve(size, shaken) + scale * generator.standard_normal(shaken.shape))
        grids, none = (2.0**logs,) * len(SIZES), pd.DataFrame()
        return RateBlocks(SIZES, tuple(range(self.seeds)), grids, tuple(values), none, self.seeds)
