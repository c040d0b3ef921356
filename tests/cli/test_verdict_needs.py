"""What `spectra verdict` needs of a table, and how it ends where nothing can be judged."""

import pandas as pd
import pytest

from tests.cli.judged import asked
from tests.verdicts.simulated import tuning_table


def every_run_diverged(table):
    return table.assign(value=table["value"].where(table["quantity"] != "diverged", 1.0))


UNUSABLE = {
    "two runs of one seed": (2, lambda t: pd.concat([t, t.assign(run=t["run"] + "again")]), "share width 32, seed 0"),
    "rows twice": (2, lambda t: pd.concat([t, t]), "twice at step"),
    "no such index": (2, lambda t: t.assign(index=(t["quantity"] != "diverged").astype(int)), "has no index 0"),
    "no seed twice": (
        2,
        lambda t: t.assign(seed=t["seed"] + 100 * t["width"]),
        "no seed occurs at two values of width",
    ),
    "two seeds": (5, lambda t: t[t["seed"] < 2], "2 of 2 seeds are complete"),
    "every run diverged": (5, every_run_diverged, "Every run diverged: judge at a smaller rate"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", UNUSABLE)
def test_where_nothing_can_be_judged_the_exit_code_and_the_output_say_so(case, both, tmp_path):
    code, change, told = UNUSABLE[case]
    change(both).to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv", "--out", tmp_path / "out")
    assert done.exit_code == code, done.output
    assert told in done.stdout
    assert "nothing could be judged" in done.stderr


def test_without_a_rate_the_rates_of_a_table_of_losses_are_judged(tmp_path):
    tuning_table([0.0, 0.5, 1.0, 1.5], noise=0.02).to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv", "--quantity", "loss", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "all runs: drifts." in done.stdout
    assert "consistency is judged where --rate names one of them: 0.25, 0.353553, 0.5" in done.stdout
    assert set(pd.read_csv(tmp_path / "out" / "verdicts.csv")["question"]) & {"transfer", "rate transfer"}


def test_rates_that_all_diverge_leave_nothing_judged(tmp_path):
    tuning_table([1.0] * 4, largest=0.0).to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv", "--quantity", "loss")
    assert done.exit_code == 5, done.output


@pytest.mark.parametrize("scales", [["--scale", "width,depth"], ["--scale", "width", "--scale", "depth"]])
def test_two_scales_are_refused_with_the_way_in_the_library(scales, both, tmp_path):
    both.assign(depth=2).to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv", *scales)
    assert done.exit_code == 2
    assert "super_consistency(table, 'effective_sharpness', scale=('width', 'depth'))" in done.stderr


def test_a_column_that_splits_the_seeds_is_named(both, tmp_path):
    hosts = both["seed"].map(lambda seed: f"node{seed % 2}")
    both.assign(host=hosts, data_seed=both["seed"]).to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv", "--regime", "mup")
    assert "The column host is the same in all runs of a seed, and splits the 8 seeds into 2 cases" in done.stdout
    assert done.stdout.count("splits the") == 1


def test_a_table_needs_no_index_and_with_one_rate_no_rate(both, tmp_path):
    both.drop(columns=["index", "rate"]).to_csv(tmp_path / "bare.csv", index=False)
    both.to_csv(tmp_path / "table.csv", index=False)
    bare, whole = asked(tmp_path / "bare.csv"), asked(tmp_path / "table.csv")
    assert bare.exit_code == whole.exit_code == 0, bare.output
    assert "The table has no column rate" in bare.stdout
    assert set(whole.stdout.splitlines()[1:]) < set(bare.stdout.splitlines())


def test_a_missing_value_of_a_nullable_column_is_a_number_that_is_none(both, tmp_path):
    table = both.query("regime == 'mup' and quantity != 'diverged'").convert_dtypes()
    table.loc[table["run"] == "256-3mup", "value"] = pd.NA
    table.astype({"value": "string"}).to_parquet(tmp_path / "table.parquet")
    done = asked(tmp_path / "table.parquet")
    assert done.exit_code == 0, done.output
    assert "seed 3: diverged" in done.stdout


def test_a_decay_is_of_no_use_without_a_rate(both, tmp_path):
    both.drop(columns="rate").assign(decay=0.1).to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv")
    assert done.exit_code == 2
    assert "lacks the column rate" in done.stderr


def test_rates_under_another_name_are_not_taken_for_a_setting(both, tmp_path):
    rates = both["seed"].map({seed: 0.1 * 2 ** (seed % 2) for seed in both["seed"].unique()})
    both.drop(columns="rate").assign(lr=rates).to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv")
    assert done.exit_code == 2
    assert "lacks the column rate, and lr takes 2 values" in done.stderr
    both.drop(columns="rate").assign(lr=0.1).to_csv(tmp_path / "table.csv", index=False)
    assert asked(tmp_path / "table.csv", "--regime", "mup").exit_code == 0


def test_a_size_under_another_name_is_named_with_scale(both, tmp_path):
    both.rename(columns={"width": "d_model"}).to_csv(tmp_path / "table.csv", index=False)
    assert "say with --scale which column grows" in asked(tmp_path / "table.csv").stderr
    assert asked(tmp_path / "table.csv", "--regime", "mup", "--scale", "d_model").exit_code == 0


def test_movement_is_told_once_for_each_case(both, tmp_path):
    moved = both[both["quantity"] == "effective_sharpness"].assign(quantity="kernel_movement", value=0.3)
    loss = both[both["quantity"] == "effective_sharpness"].assign(quantity="test_error")
    pd.concat([both, moved, loss]).to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv", "--quantity", "effective_sharpness", "--quantity", "test_error")
    assert done.exit_code == 0, done.output
    assert done.stdout.count("the tangent kernel moves by 0.3") == 2
