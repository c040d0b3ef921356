"""How much sizes differ, measured by how much seeds do (test C)."""

from math import inf, nan

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from spectra.fitting.intervals import Array
from spectra.verdicts.seed_blocks import SeedBlocks


def noise_ratio(blocks: SeedBlocks, *, level: float) -> pd.DataFrame:
    """Random-effects decomposition at every checkpoint: the scatter of sizes around their mean and that of seeds.

    With y the log value, y = mean + size effect + seed effect: `seed_deviation` is the standard deviation over seeds at
    one size, averaged (as a variance) over sizes; `size_deviation` that of the size effects, from which the part that
    seeds explain is taken off: (between - interaction) / S, at least zero, where `between` is the mean square of the
    size means times S, and `interaction` that of what is left when size means and seed means are subtracted.
    `ratio` is the quotient of the two, with its interval from the F distribution: between / (interaction + S * size
    variance) has K - 1 degrees of freedom. Those of the seed variance are tr(C)^2 / tr(C^2) times S - 1, C being the
    covariance over seeds, so that neither seeds that shift all sizes alike nor unequal scatter at the sizes count as
    more degrees than there are (Box 1954). The tests simulate the coverage.

    It needs no margin, and is easy to pass with few or noisy seeds: read it beside `seed_deviation` and the slope.

    Returns:
        Columns step, size_deviation and seed_deviation (log units), ratio, low, high.

    Source: Searle, Casella and McCulloch 1992, Variance Components, section 3.6; Box 1954, Ann. Math. Stat. 25, 484.
    """
    names = ["step", "size_deviation", "seed_deviation", "ratio", "low", "high"]
    seeds, sizes, steps = blocks.values.shape
    if seeds < 2 or sizes < 2 or steps == 0:
        return pd.DataFrame(columns=names, dtype=float)
    tail = (1 - level) / 2
    within, between, interaction, degrees = _mean_squares(blocks.values)
    size_deviation = np.sqrt(np.maximum(0.0, between - interaction) / seeds)
    quantiles = [np.asarray(f_distribution.isf(share, sizes - 1, degrees)) for share in (tail, 1 - tail)]
    ends = [np.maximum(0.0, between / quantile - interaction) for quantile in quantiles]
    # Without scatter of seeds the ratio is infinite, or none where the sizes do not differ either.
    still = within <= np.square(1e-12 * np.maximum(1.0, np.abs(blocks.values).max(axis=(0, 1))))
    limit = np.where(between > seeds * within, inf, nan)
    scale = np.where(still, 1.0, np.sqrt(within))
    columns = [np.where(still, limit, one / scale) for one in (size_deviation, *(np.sqrt(end / seeds) for end in ends))]
    return pd.DataFrame(dict(zip(names, (blocks.steps, size_deviation, np.sqrt(within), *columns), strict=True)))


def _mean_squares(values: Array) -> tuple[Array, Array, Array, Array]:
    """Mean squares within and between sizes and of their interaction, and the degrees of freedom of the first; (T,)."""
    seeds, sizes, _ = values.shape
    apart = values - values.mean(axis=0)
    covariance = np.einsum("skt,slt->tkl", apart, apart) / (seeds - 1)
    within = np.trace(covariance, axis1=1, axis2=2) / sizes
    between = seeds * values.mean(axis=0).var(axis=0, ddof=1)
    residual = apart - apart.mean(axis=1, keepdims=True)
    interaction = np.square(residual).sum(axis=(0, 1)) / ((seeds - 1) * (sizes - 1))
    spread = np.square(covariance).sum(axis=(1, 2))
    degrees = (seeds - 1) * np.square(within * sizes) / np.where(spread > 0, spread, 1.0)
    return within, between, interaction, np.maximum(degrees, 1.0)
