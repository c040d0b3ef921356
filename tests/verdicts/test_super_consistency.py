import re

import numpy as np
import pandas as pd
import pytest

from spectra.verdicts import super_consistency
from tests.verdicts.simulated import consistency_table, sharpness_logs


def judged(seed=0, *, diverged=(), options=None, **truth):
    table = consistency_table(sharpness_logs(np.random.default_rng(seed), **truth), diverged=diverged)
    return super_consistency(table, **(options or {}))


def test_equal_curves_are_super_consistent():
    result = judged(seeds=8)
    assert result.verdict == "super consistent"
    assert "9 checkpoints" in result.sentence
    assert "8 seeds" in result.sentence
    assert "below the noise floor" in result.sentence
    assert result.accumulation.word == "below the noise floor"
    assert (result.notes, result.more_seeds, result.movement) == ((), None, None)
    assert result.noise.columns.to_list() == ["step", "size_deviation", "seed_deviation", "ratio", "low", "high"]


def test_three_seeds_can_be_judged_and_are_told_to_be_few():
    result = judged(seeds=3, scatter=0.01)
    assert result.verdict == "super consistent"
    assert any("3 seeds" in note for note in result.notes)


@pytest.mark.parametrize("seeds", [3, 8])
@pytest.mark.parametrize("slope", [-0.35, 0.35])
def test_curves_that_depend_on_size_are_inconsistent(seeds, slope):
    result = judged(seeds=seeds, slope=slope)
    assert result.verdict == "inconsistent"
    assert re.search(r"by -(29|30|31) % per doubling" if slope < 0 else r"by \+4\d % per doubling", result.sentence)


def test_a_dependence_that_begins_in_training_is_named_by_its_first_step():
    logs = sharpness_logs(np.random.default_rng(1), seeds=8, steps=9)
    logs[:, :, 5:] += 0.3 * np.arange(4)[None, :, None]
    assert "first at step 50" in super_consistency(consistency_table(logs)).sentence


def test_a_quantity_that_does_not_grow_is_trivially_consistent():
    result = judged(seeds=8, growth=0.0)
    assert result.verdict == "trivially consistent"
    assert "It hardly grows" in result.sentence


def test_growth_that_fades_with_size_is_measured():
    result = judged(seeds=8, fade=0.5)
    assert result.fade_interval.low < 0.5 < result.fade_interval.high


def test_noisy_seeds_leave_the_question_open_and_say_how_many_more():
    result = judged(seed=5, seeds=6, scatter=0.08)
    assert result.verdict == "inconclusive"
    assert "seeds the worst checkpoint would pass" in result.sentence
    assert result.more_seeds >= 1


def test_the_total_margin_binds_over_many_doublings():
    result = judged(seeds=8, slope=0.04, sizes=4, options={"total_margin": np.log(1.05)})
    assert result.verdict == "inconsistent"
    assert "adds up to 5.0 % over all sizes" in result.sentence


def test_a_hump_over_sizes_is_not_consistent():
    logs = sharpness_logs(np.random.default_rng(2), seeds=8, scatter=0.01)
    result = super_consistency(consistency_table(logs + np.array([0, 0.3, 0.3, 0])[None, :, None]))
    assert result.verdict == "inconclusive"
    assert "no straight line" in result.sentence


def test_diverged_runs_are_listed_and_forbid_consistency():
    result = judged(seeds=8, scatter=0.01, diverged=[(2, 256)])
    assert result.verdict == "inconclusive"
    assert "1 run diverged" in result.sentence
    assert result.seeds == (0, 1, 3, 4, 5, 6, 7)
    assert len(result.excluded) == 4
    row = result.excluded.iloc[0]
    assert (row["size"], row["seed"], row["reason"]) == (256, 2, "diverged at step 30")


def test_a_size_at_which_every_run_diverges_leaves_nothing_to_judge():
    result = judged(seeds=4, diverged=[(seed, 256) for seed in range(4)])
    assert result.verdict == "inconclusive"
    assert "At width 256 every run diverged" in result.sentence
    assert np.isnan(result.mean_slope)


@pytest.mark.parametrize("seeds", [1, 2])
def test_fewer_than_three_seeds_are_inconclusive(seeds):
    result = judged(seeds=seeds)
    assert result.verdict == "inconclusive"
    assert f"{seeds} of {seeds} seeds" in result.sentence


def test_values_without_a_logarithm_exclude_their_seed_by_name():
    table = consistency_table(sharpness_logs(np.random.default_rng(3), seeds=5))
    table.loc[(table["run"] == "64-1") & (table["step"] == 30) & (table["quantity"] != "diverged"), "value"] = -0.1
    result = super_consistency(table)
    assert 1 not in result.seeds
    assert "-0.1 at step 30" in result.excluded["reason"].iloc[0]


def test_unfinished_and_missing_runs_exclude_their_seeds_by_name():
    table = consistency_table(sharpness_logs(np.random.default_rng(4), seeds=6))
    table = table[(table["run"] != "32-0") & ~((table["run"] == "64-1") & (table["quantity"] == "diverged"))]
    result = super_consistency(table)
    assert result.seeds == (2, 3, 4, 5)
    reasons = result.excluded["reason"].to_list()
    assert "there is no such run" in reasons
    assert any("not finished" in reason for reason in reasons)
    assert result.verdict == "super consistent"


def test_steps_that_some_run_lacks_are_not_judged_and_named():
    table = consistency_table(sharpness_logs(np.random.default_rng(5), seeds=8))
    result = super_consistency(table[~((table["run"] == "64-1") & (table["step"] == 30))])
    assert result.skipped_steps == (30,)
    assert 30 not in result.trend["step"].to_list()
    assert any("30" in note for note in result.notes)


def test_values_that_did_not_converge_are_counted():
    table = consistency_table(sharpness_logs(np.random.default_rng(6), seeds=8))
    flags = table[table["quantity"] == "effective_sharpness"].assign(
        quantity="effective_sharpness_converged", value=1.0
    )
    flags.iloc[:3, flags.columns.get_loc("value")] = 0.0
    assert any("3 of 288" in note for note in super_consistency(pd.concat([table, flags])).notes)


def test_row_order_and_a_common_factor_change_nothing():
    table = consistency_table(sharpness_logs(np.random.default_rng(7), seeds=5))
    scaled = table.assign(value=table["value"].where(table["quantity"] == "diverged", 7 * table["value"]))
    first, second = super_consistency(table), super_consistency(scaled.sample(frac=1, random_state=0))
    pd.testing.assert_frame_equal(first.trend, second.trend, rtol=1e-9, atol=1e-12)
    assert first.sentence == second.sentence


def test_one_size_and_one_checkpoint_are_inconclusive():
    logs = sharpness_logs(np.random.default_rng(8), seeds=4)
    assert "one width only" in super_consistency(consistency_table(logs[:, :1], sizes=(32,))).sentence
    assert "checkpoints" in super_consistency(consistency_table(logs[:, :, :1])).sentence


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda table: pd.concat([table, table.assign(regime="ntk", run=table["run"] + "n")]), "2 values of regime"),
        (lambda table: pd.concat([table, table.assign(rate=1.0, run=table["run"] + "n")]), "2 values of rate"),
        (lambda table: pd.concat([table, table.assign(depth=2, run=table["run"] + "n")]), "they differ in depth"),
        (lambda table: pd.concat([table, table]), "twice at step"),
        (lambda table: table.drop(columns="seed"), "no column 'seed'"),
        (lambda table: table.assign(width=0), "not positive"),
        (lambda table: table.replace({"width": {256: np.inf}}), "width takes the values inf, which are not positive"),
        (lambda table: table.assign(step=table["step"] / 20), "step takes the values .* not whole"),
        (lambda table: table.assign(seed="first"), "seed takes the values 'first'"),
        (lambda table: table.assign(value="high"), "value takes the values 'high', which are not numbers"),
    ],
)
def test_tables_that_cannot_be_used_are_refused_with_a_reason(change, told):
    table = consistency_table(sharpness_logs(np.random.default_rng(9), seeds=3))
    with pytest.raises(ValueError, match=told):
        super_consistency(change(table))


@pytest.mark.parametrize(
    "options", [{"margin": "a"}, {"total_margin": -1}, {"level": 90}, {"plateau": 0}, {"early": 2}, {"early": None}]
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match="was given"):
        judged(seeds=3, options=options)


def test_an_unknown_quantity_gets_the_nearest_name():
    table = consistency_table(sharpness_logs(np.random.default_rng(10), seeds=3))
    with pytest.raises(ValueError, match="did you mean 'effective_sharpness'"):
        super_consistency(table, "effective_sharpnes")
    with pytest.raises(ValueError, match="no quantity None; it has 'diverged', 'effective_sharpness'"):
        super_consistency(table, None)


def test_copies_of_a_seed_are_noted():
    logs = sharpness_logs(np.random.default_rng(11), seeds=4)
    assert not any("copies" in note for note in super_consistency(consistency_table(logs)).notes)
    found = super_consistency(consistency_table(np.concatenate([logs, logs[:2]])))
    assert any(note.startswith("2 of 6 seeds have the numbers of another one") for note in found.notes)


def test_a_seed_and_its_copies_are_judged_as_one():
    logs = sharpness_logs(np.random.default_rng(11), seeds=3)
    assert super_consistency(consistency_table(logs)).verdict == "super consistent"
    found = super_consistency(consistency_table(np.concatenate([logs[:2]] * 4)))
    assert found.verdict == "inconclusive"
    assert "only 2 of 8 seeds have numbers of their own" in found.sentence


@pytest.mark.parametrize("ended", [True, False])
def test_runs_of_several_seeds_under_one_name_are_refused_and_not_called_copies(ended):
    table = consistency_table(sharpness_logs(np.random.default_rng(12), seeds=3))
    table = table.assign(run=table["width"].map(str))
    with pytest.raises(ValueError, match="run '32' has several values of seed, so names of runs are not unique"):
        super_consistency(table if ended else table[table["quantity"] != "diverged"])
