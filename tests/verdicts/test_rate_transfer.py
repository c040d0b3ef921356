import numpy as np
import pandas as pd
import pytest

from spectra.verdicts import rate_transfer
from tests.verdicts.simulated import RATES, tuning_table

STILL, MOVING = [1.1] * 4, [0.9, 1.3, 1.7, 2.1]


def test_the_drift_of_exact_curves_is_recovered():
    result = rate_transfer(tuning_table(MOVING))
    assert result.drift == pytest.approx(0.4, abs=1e-9)
    np.testing.assert_allclose(result.optima["optimum"], 2.0 ** np.array(MOVING))
    np.testing.assert_allclose(result.regret["regret"], 0.3 * np.square(np.array(MOVING) - MOVING[-1]), atol=0.02)
    assert result.resolution == pytest.approx(0.5)


def test_an_optimum_that_stays_transfers_and_the_grid_is_named():
    result = rate_transfer(tuning_table(STILL, seeds=8, noise=0.02))
    assert result.verdict == "transfers"
    assert "the points alone tell no drift below 0.17" in result.sentence
    assert not result.optima["edge"].any()


def test_an_optimum_that_moves_drifts():
    result = rate_transfer(tuning_table(MOVING, seeds=8, noise=0.02))
    assert result.verdict == "drifts"
    assert result.drift_interval.low < 0.4 < result.drift_interval.high


def test_noise_leaves_the_question_open():
    assert rate_transfer(tuning_table(STILL, seeds=5, noise=0.5)).verdict == "inconclusive"


def test_few_seeds_are_told_to_be_few():
    assert "only from resampling 3 seeds" in rate_transfer(tuning_table(STILL, seeds=3, noise=0.02)).sentence


def test_equal_resampling_seeds_give_equal_intervals():
    table = tuning_table(STILL, noise=0.1)
    first, second, third = (rate_transfer(table, resampling_seed=seed) for seed in (1, 1, 2))
    assert first.drift_interval == second.drift_interval != third.drift_interval


@pytest.mark.parametrize(
    ("optima", "told"),
    [([1.1, 1.1, 2.0, 4.5], "largest one tried at width 256"), ([-2.2, 1, 1, 1], "smallest one tried at width 32")],
)
def test_an_optimum_at_the_end_of_the_grid_is_censored(optima, told):
    result = rate_transfer(tuning_table(optima))
    assert result.verdict == "censored"
    assert told in result.sentence
    assert np.isnan(result.drift)
    assert result.optima["edge"].sum() == 1


def test_one_rate_is_censored_at_both_ends():
    result = rate_transfer(tuning_table(STILL, rates=np.array([1.0])))
    assert result.verdict == "censored"
    assert "smaller and larger rates" in result.sentence
    np.testing.assert_array_equal(result.optima["high"], np.inf)


def test_a_diverged_rate_is_never_the_best_and_never_dropped():
    result = rate_transfer(tuning_table([3.0] * 4, largest=4.0))
    np.testing.assert_allclose(result.optima["optimum"], 4.0)
    np.testing.assert_allclose(result.optima["stable_edge"], 4.0)
    lost = result.losses[result.losses["rate"] > 4]
    assert len(lost) == 16
    assert np.isinf(lost["criterion"]).all()
    assert (lost["diverged"] == 1).all()


def test_optima_beside_divergence_are_known_to_a_grid_step_only():
    result = rate_transfer(tuning_table([3.0] * 4, largest=4.0, noise=1e-9))
    assert result.verdict == "inconclusive"
    assert result.drift_interval.high == pytest.approx(0.5 / 3)
    assert "a neighbour diverged" in result.sentence
    # Steps of 0.3 octaves over three doublings widen the interval by 0.1, which is the margin.
    assert "Factors below 1.23 there would do" in result.sentence


def test_one_diverged_seed_makes_the_mean_infinite_and_is_counted():
    table = tuning_table(STILL)
    table.loc[(table["run"] == "64-2-8.0") & (table["quantity"] == "diverged"), "value"] = 1.0
    losses = rate_transfer(table).losses
    row = losses[(losses["size"] == 64) & (losses["rate"] == 8)].iloc[0]
    assert row["criterion"] == np.inf
    assert row["diverged"] == pytest.approx(0.2)


def test_a_loss_that_is_not_finite_counts_as_diverged():
    table = tuning_table(STILL)
    table.loc[(table["run"] == "64-2-8.0") & (table["quantity"] == "loss") & (table["step"] == 20), "value"] = np.nan
    losses = rate_transfer(table).losses
    assert losses.loc[(losses["size"] == 64) & (losses["rate"] == 8), "diverged"].iloc[0] == pytest.approx(0.2)


def test_a_size_at_which_every_rate_diverges_asks_for_smaller_rates():
    table = tuning_table(STILL)
    table.loc[(table["width"] == 256) & (table["quantity"] == "diverged"), "value"] = 1.0
    result = rate_transfer(table)
    assert result.verdict == "censored"
    assert "every rate diverged" in result.sentence
    assert np.isnan(result.optima["optimum"].iloc[-1])


def test_criteria_average_over_steps_or_take_the_last():
    table = tuning_table(STILL, seeds=3)
    falling = table["value"].where(table["quantity"] == "diverged", table["value"] * np.exp(-table["step"] / 10))
    mean, final = (
        rate_transfer(table.assign(value=falling), criterion=criterion).losses["criterion"]
        for criterion in ("mean_log_loss", "final_log_loss")
    )
    np.testing.assert_allclose(mean - final, 1.0)


def test_missing_runs_exclude_their_seed_by_name():
    table = tuning_table(STILL)
    result = rate_transfer(table[table["run"] != "64-2-8.0"])
    assert result.seeds == (0, 1, 3, 4)
    assert result.excluded["reason"].iloc[0] == "there is no such run"
    assert len(result.excluded) == 4 * RATES.size
    assert any("did not enter" in note for note in result.notes)


@pytest.mark.parametrize("seeds", [1, 2])
def test_fewer_than_three_seeds_are_inconclusive(seeds):
    assert rate_transfer(tuning_table(STILL, seeds=seeds)).verdict == "inconclusive"


def test_no_complete_seed_and_one_size_are_inconclusive():
    table = tuning_table(STILL, seeds=3)
    lost = [f"{size}-{seed}-8.0" for size, seed in ((32, 0), (64, 1), (128, 2))]
    assert rate_transfer(table[~table["run"].isin(lost)]).verdict == "inconclusive"
    assert "one width only" in rate_transfer(tuning_table([1.1], sizes=(32,))).sentence


def test_a_loss_of_zero_is_refused_with_advice():
    table = tuning_table(STILL)
    table.loc[(table["run"] == "64-2-8.0") & (table["quantity"] == "loss"), "value"] = 0.0
    with pytest.raises(ValueError, match="has no logarithm"):
        rate_transfer(table)


def test_runs_of_different_steps_are_refused():
    table = tuning_table(STILL)
    with pytest.raises(ValueError, match="different steps"):
        rate_transfer(table[~((table["run"] == "64-2-8.0") & (table["step"] == 10))])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"criterion": "loss"}, "mean_log_loss, final_log_loss"),
        ({"drift_margin": 0}, "positive"),
        ({"drift_margin": "x"}, "drift_margin of 'x' was given"),
        ({"level": "0.9"}, "level of '0.9' was given; use a number between"),
        ({"resampling_seed": "1"}, "resampling_seed of '1' was given"),
        ({"resampling_seed": -1}, "whole number from 0 on"),
    ],
)
def test_options_out_of_range_are_refused(options, told):
    with pytest.raises(ValueError, match=told):
        rate_transfer(tuning_table(STILL, seeds=3), **options)


def test_seeds_that_repeat_one_rate_only_do_not_count_as_missing():
    table = tuning_table(MOVING, seeds=4, noise=0.02)
    more = table[table["rate"] == RATES[2]].assign(
        seed=lambda rows: rows["seed"] + 100, run=lambda rows: rows["run"] + "x"
    )
    alone, joined = rate_transfer(table), rate_transfer(pd.concat([table, more]))
    assert joined.drift == alone.drift
    assert joined.excluded.empty
    assert any("4 further seeds" in note for note in joined.notes)


def test_copies_of_a_seed_are_noted():
    notes = [rate_transfer(tuning_table([0.0] * 3, sizes=(32, 64, 128), noise=noise)).notes for noise in (0.0, 0.01)]
    told = [[note for note in of_one if "4 of 5 seeds have the numbers of another one" in note] for of_one in notes]
    assert [len(of_one) for of_one in told] == [1, 0]
    lost = rate_transfer(tuning_table([0.0] * 3, sizes=(32, 64, 128), largest=0.0))
    assert not any("copies" in note for note in lost.notes)


def test_copies_of_one_seed_show_nothing_of_a_drift():
    words = [rate_transfer(tuning_table(STILL, noise=noise)) for noise in (0.0, 1e-6)]
    assert [one.verdict for one in words] == ["inconclusive", "transfers"]
    assert "only 1 of 5 seeds has numbers of its own" in words[0].sentence


def test_an_unknown_criterion_and_runs_of_several_lengths_are_refused():
    table = tuning_table([0.0] * 3, sizes=(32, 64, 128))
    with pytest.raises(ValueError, match="no criterion 'loss'; use one of mean_log_loss, final_log_loss"):
        rate_transfer(table, criterion="loss")
    short = (table["run"] == "32-0-1.0") & (table["step"] == 10)
    with pytest.raises(ValueError, match=r"32-0-1.0 at 2 steps up to 20; compare runs of equal steps"):
        rate_transfer(table[~short])
