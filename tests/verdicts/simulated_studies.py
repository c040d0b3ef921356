"""Studies with a known truth, arranged already: what the tests need, without a table around it."""

import numpy as np
import pandas as pd

from spectra.verdicts.consistency_options import Options
from spectra.verdicts.consistency_tests import evidence_of
from spectra.verdicts.consistency_verdict import verdict_of
from spectra.verdicts.seed_blocks import SeedBlocks
from spectra.verdicts.size_points import SizePoints

SIZES, STEPS = (32.0, 64.0, 128.0, 256.0), tuple(range(0, 130, 10))


def blocks_of(values, *, sizes=SIZES, steps=None, columns=("width",)):
    """Arranged logarithms (seeds, sizes, steps); `sizes` may be pairs."""
    nothing = pd.DataFrame(columns=["size", "seed", "reason"])
    points = SizePoints(columns, np.array(sizes, dtype=float).reshape(-1, len(columns)))
    steps = tuple(range(values.shape[2])) if steps is None else steps
    return SeedBlocks(points, tuple(range(len(values))), steps, values, nothing, (), len(values), ())


def noise(generator, *, seeds, scatter, unequal=0.0, steps=STEPS, sizes=SIZES):
    """Scatter (seeds, sizes, steps): half shared by the runs of a seed, the rest correlated by 0.9 between checkpoints.

    `unequal` is the exponent with which the scatter falls with size.
    """
    own = generator.standard_normal((seeds, len(sizes), len(steps)))
    for step in range(1, len(steps)):
        own[:, :, step] = 0.9 * own[:, :, step - 1] + np.sqrt(1 - 0.9**2) * own[:, :, step]
    falling = (np.array(sizes) / sizes[0]) ** -unequal
    return scatter * (falling[:, None] * own + 0.5 * generator.standard_normal((seeds, 1, 1)))


def study(generator, *, seeds, gap, scatter=0.02, unequal=0.5, growth=1.2, power=0.5):
    """Blocks whose mean is a rise to a plateau plus gap(t) (smallest / size)^power, t from 0 to 1."""
    time = np.array(STEPS) / STEPS[-1]
    mean = growth * np.minimum(1, 2 * time) + (np.array(SIZES) / SIZES[0])[:, None] ** -power * gap(time)
    return blocks_of(mean + noise(generator, seeds=seeds, scatter=scatter, unequal=unequal), steps=STEPS)


def drifting(generator, *, seeds, slope, scatter=0.02, unequal=0.5, growth=1.2):
    """Blocks whose mean changes by `slope` log units per doubling at every checkpoint."""
    rise = growth * np.minimum(1, 2 * np.array(STEPS) / STEPS[-1])
    mean = slope * np.arange(len(SIZES))[:, None] + rise
    return blocks_of(mean + noise(generator, seeds=seeds, scatter=scatter, unequal=unequal), steps=STEPS)


def word(blocks, **options):
    """The verdict on arranged values."""
    return verdict_of(evidence_of(blocks, Options(**options))).word
