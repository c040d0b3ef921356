import numpy as np
import pytest

from spectra.verdicts import rate_transfer
from spectra.verdicts.rate_blocks import rate_blocks
from spectra.verdicts.rate_regret import rate_regrets
from spectra.verdicts.rate_resamples import rate_resamples
from tests.verdicts.simulated import RATES, tuning_table
from tests.verdicts.tuning_study import TuningStudy

NEAR = [1.0, 1.1, 1.2, 1.4]


def regrets(blocks, level=0.9):
    return rate_regrets(blocks, rate_resamples(blocks, resampling_seed=0), level=level)


def test_every_transfer_between_two_sizes_costs_what_the_curve_says():
    found = rate_transfer(tuning_table(NEAR, seeds=3)).regret_map
    distance = np.subtract.outer(NEAR, NEAR).ravel()
    assert found[["tuned_at", "run_at"]].drop_duplicates().shape == (16, 2)
    np.testing.assert_allclose(found["regret"], 0.3 * distance**2, atol=1e-9)
    np.testing.assert_allclose(found["percent"], 100 * np.expm1(0.3 * distance**2), atol=1e-7)


def test_the_regret_of_the_largest_size_is_its_column_of_the_map():
    result = rate_transfer(tuning_table(NEAR, noise=0.05))
    column = result.regret_map[result.regret_map["run_at"] == 256]
    np.testing.assert_array_equal(result.regret["regret"], column["regret"])
    assert list(result.regret["size"]) == [32, 64, 128, 256]


def test_noise_units_are_standard_deviations_of_single_runs_at_the_best_rate():
    table = tuning_table(NEAR, noise=0.05)
    result = rate_transfer(table)
    blocks = rate_blocks(table, "mean_log_loss", scale="width")
    best = int(blocks.values[-1].mean(axis=0).argmin())
    row = result.regret.iloc[0]
    assert row["noise"] == pytest.approx(row["regret"] / blocks.values[-1][:, best].std(ddof=1))


def test_intervals_of_regrets_are_not_negative_and_hold_the_estimate():
    found = regrets(TuningStudy(seeds=5, drift=0.2).blocks(np.random.default_rng(0))).table
    assert (found["low"] >= 0).all()
    assert (found["low"] <= found["regret"] + 1e-12).all()
    assert (found["regret"] <= found["high"] + 1e-12).all()


def test_a_regret_that_noise_explains_has_an_interval_from_zero():
    blocks = TuningStudy(seeds=5).blocks(np.random.default_rng(1))
    assert (regrets(blocks).table["low"] == 0).sum() >= 14


def test_a_rate_at_which_the_larger_network_diverges_costs_everything():
    table = tuning_table([3.0, 3.0, 1.1, 1.1])
    lost = (table["width"] == 256) & (table["rate"] > 4) & (table["quantity"] == "diverged")
    table.loc[lost, "value"] = 1.0
    row = rate_transfer(table).regret.iloc[0]
    assert row["regret"] == row["high"] == np.inf


def test_a_rate_outside_the_grid_of_the_larger_size_has_no_known_cost():
    table = tuning_table([3.0, 2.0, 1.1, 1.1])
    kept = (table["width"] < 256) | (table["rate"] < 4)
    row = rate_transfer(table[kept]).regret.iloc[0]
    assert np.isnan(row["regret"])
    assert np.isnan(row["high"])


def test_two_seeds_give_no_more_than_estimates_of_one():
    found = rate_transfer(tuning_table(NEAR, seeds=1, rates=RATES)).regret
    assert np.isfinite(found["regret"]).all()
    assert found["high"].isna().all()
