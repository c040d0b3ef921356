import numpy as np
import pytest
from scipy.stats import binom

from spectra.verdicts.noise_ratio import noise_ratio
from tests.verdicts.simulated_studies import blocks_of


def values(generator, *, seeds, ratio, steps, shared=0.0, unequal=False, sizes=4):
    """Size effects of standard deviation `ratio`; seed scatter one, of which the share `shared` moves all sizes."""
    scatter = np.linspace(1.6, 0.4, sizes) if unequal else np.ones(sizes)
    scatter = scatter / np.sqrt(np.square(scatter).mean())
    own = scatter[:, None] * generator.standard_normal((seeds, sizes, steps))
    block = generator.standard_normal((seeds, 1, steps))
    return ratio * generator.standard_normal((sizes, steps)) + np.sqrt(1 - shared) * own + np.sqrt(shared) * block


def test_the_decomposition_is_that_of_the_mean_squares():
    logs = np.random.default_rng(0).standard_normal((5, 4, 1))
    row = noise_ratio(blocks_of(logs), level=0.9).iloc[0]
    residual = logs - logs.mean(0) - logs.mean(1, keepdims=True) + logs.mean()
    variance = logs.mean(0).var(ddof=1) - np.square(residual).sum() / 12 / 5
    assert row["size_deviation"] == pytest.approx(np.sqrt(max(0, variance)))
    assert row["seed_deviation"] == pytest.approx(np.sqrt(logs.var(0, ddof=1).mean()))


def test_estimates_recover_the_two_deviations():
    found = noise_ratio(blocks_of(values(np.random.default_rng(1), seeds=20, ratio=2.0, steps=1000)), level=0.9)
    assert np.square(found["size_deviation"]).mean() == pytest.approx(4.0, rel=0.1)
    assert np.square(found["seed_deviation"]).mean() == pytest.approx(1.0, rel=0.02)


@pytest.mark.parametrize("seeds", [3, 8])
@pytest.mark.parametrize(("shared", "unequal"), [(0.0, False), (0.7, False), (0.0, True)])
def test_a_ratio_of_one_is_called_smaller_in_at_most_one_of_twenty_cases(seeds, shared, unequal):
    steps = 1000
    logs = values(np.random.default_rng(seeds), seeds=seeds, ratio=1.0, steps=steps, shared=shared, unequal=unequal)
    found = noise_ratio(blocks_of(logs), level=0.9)
    assert (found["high"] < 1).sum() <= binom.ppf(0.9999, steps, 0.05)
    assert (found["low"] > 1).sum() <= binom.ppf(0.9999, steps, 0.06)


def test_equal_sizes_collapse_with_enough_seeds():
    found = noise_ratio(blocks_of(values(np.random.default_rng(2), seeds=16, ratio=0.0, steps=300)), level=0.9)
    assert (found["high"] < 1).mean() > 0.85


def test_sizes_that_differ_without_noise_have_an_infinite_ratio_and_equal_ones_none():
    apart = noise_ratio(blocks_of(np.broadcast_to(np.arange(4.0)[None, :, None], (3, 4, 1))), level=0.9)
    assert np.isinf(apart["ratio"]).all()
    assert np.isnan(noise_ratio(blocks_of(np.ones((3, 4, 1))), level=0.9)["ratio"]).all()
