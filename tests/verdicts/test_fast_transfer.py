from math import inf

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from spectra.verdicts import rate_transfer
from spectra.verdicts.fast_transfer import fast_transfer
from spectra.verdicts.rate_blocks import RateBlocks
from spectra.verdicts.rate_gap_exponent import gap_exponent
from spectra.verdicts.rate_regret import rate_regrets
from spectra.verdicts.rate_resamples import rate_resamples
from tests.verdicts.simulated import tuning_table

SIZES = (64.0, 128.0, 256.0, 512.0, 1024.0)
RATIO = np.array(SIZES) / SIZES[0]


def judged(*, alpha, beta, gamma=0.0, shift=0.8, noise=1e-4, seeds=6):
    """Parabolas whose height falls as N^-alpha, place as N^-beta, and whose curvature grows as N^gamma."""
    generator, logs = np.random.default_rng(0), np.arange(-3, 3.01, 0.5)
    values = []
    for ratio in RATIO:
        curve = ratio**-alpha + 0.3 * ratio**gamma * np.square(logs - shift * ratio**-beta)
        values.append(curve + noise * generator.standard_normal((seeds, logs.size)))
    blocks = RateBlocks(SIZES, tuple(range(seeds)), (2.0**logs,) * 5, tuple(values), pd.DataFrame(), seeds)
    tuned = rate_resamples(blocks, resampling_seed=0)
    return fast_transfer(blocks, tuned, rate_regrets(blocks, tuned, level=0.9), scale="width", level=0.9)


def test_exponents_of_power_laws_are_recovered_and_held():
    found = judged(alpha=0.5, beta=0.8, gamma=0.1).exponents.set_index("symbol")
    for symbol, truth in {"alpha": 0.5, "beta": 0.8, "gamma": 0.1}.items():
        row = found.loc[symbol]
        assert row["exponent"] == pytest.approx(truth, abs=0.02)
        assert row["low"] - 0.01 <= truth <= row["high"] + 0.01


def test_kappa_is_the_slope_of_the_ratio():
    result = judged(alpha=0.5, beta=0.8, shift=0.4)
    assert result.kappa == pytest.approx(0.5 - 1.6, abs=0.05)
    assert result.ratio_slope == pytest.approx(0.5 - 1.6, abs=0.05)
    assert result.kappa_interval.low < -1.1 < result.kappa_interval.high


def test_regrets_near_the_optimum_follow_the_curvature():
    by_size = judged(alpha=0.5, beta=0.8, shift=0.4).by_size
    np.testing.assert_allclose(by_size["predicted_regret"], by_size["regret"], rtol=1e-6, atol=1e-12)
    assert list(by_size["size"]) == list(SIZES[:-1])
    np.testing.assert_allclose(by_size["loss_gap"], RATIO[:-1] ** -0.5 - RATIO[-1] ** -0.5, atol=1e-3)


def test_a_rate_that_settles_faster_than_the_loss_transfers_fast():
    result = judged(alpha=0.5, beta=0.8, shift=0.4)
    assert result.word == "fast"
    assert result.ratio_slope_interval.high < 0
    assert "width^-1." in result.sentence


def test_a_rate_that_settles_slower_than_the_loss_does_not():
    result = judged(alpha=1.0, beta=0.2, shift=1.5)
    assert result.word == "not fast"
    assert result.ratio_slope_interval.low > 0


def test_without_a_gap_in_the_rates_the_share_is_shown_to_be_small_but_not_to_fall():
    result = judged(alpha=0.5, beta=0.5, shift=0.0, noise=0.01)
    assert result.word == "low cost"
    assert result.by_size["ratio_high"].iloc[0] < 0.1
    assert result.ratio_slope_interval.high == inf
    assert "not resolved" in result.sentence


@pytest.mark.parametrize("exponent", [-0.5, 0.5, 1.0, 2.0])
def test_gaps_to_a_finite_reference_keep_their_exponent(exponent):
    gap = np.array(SIZES[:-1]) ** -exponent - SIZES[-1] ** -exponent
    found = gap_exponent(np.repeat(-3 * gap[None], 5, axis=0), SIZES, seeds=5, level=0.9)
    assert found.exponent == pytest.approx(exponent, abs=1e-6)


def test_two_sizes_have_no_exponent():
    found = gap_exponent(np.ones((5, 1)), SIZES[:2], seeds=5, level=0.9)
    assert np.isnan(found.exponent)
    assert (found.interval.low, found.interval.high) == (-inf, inf)


def covered(seeds, unequal, repetitions):
    generator, hits = np.random.default_rng(seeds), 0
    scatter = 0.01 * (RATIO**-0.5 if unequal else np.ones(5))
    for _ in range(repetitions):
        runs = RATIO**-1.0 + scatter * generator.standard_normal((seeds, 5))
        drawn = np.concatenate([np.arange(seeds)[None], generator.integers(0, seeds, (300, seeds))])
        means = runs[drawn].mean(axis=1)
        interval = gap_exponent(means[:, :-1] - means[:, -1:], SIZES, seeds=seeds, level=0.9).interval
        hits += interval.low <= 1 <= interval.high
    return hits


@pytest.mark.parametrize("unequal", [False, True])
def test_the_interval_of_the_exponent_covers(unequal):
    assert covered(4, unequal, 150) >= binom.ppf(0.001, 150, 0.9)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 5, 8, 16])
@pytest.mark.parametrize("unequal", [False, True])
def test_the_interval_of_the_exponent_covers_for_any_number_of_seeds(seeds, unequal):
    assert abs(covered(seeds, unequal, 1500) / 1500 - 0.9) < 0.025


def test_a_rate_at_which_the_largest_size_diverges_is_not_fast():
    table = tuning_table([3.0, 1.1, 1.1, 1.1])
    lost = (table["width"] == 256) & (table["rate"] > 4) & (table["quantity"] == "diverged")
    found = rate_transfer(table.assign(value=table["value"].mask(lost, 1.0))).fast
    assert found.word == "not fast"
    assert "diverges at the rate tuned at width 32" in found.sentence


def test_a_best_rate_at_the_end_of_the_grid_leaves_the_cost_open():
    result = judged(alpha=0.5, beta=0.5, shift=-4.0)
    assert result.word == "open"
    assert "end of its grid" in result.sentence
