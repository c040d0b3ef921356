"""What `spectra verdict` needs of a table, and how it ends where nothing can be judged."""

import pandas as pd
import pytest

from tests.cli.test_verdict import asked, sharpness


@pytest.fixture(scope="module")
def both():
    """Two regimes, one of which depends on the width."""
    return pd.concat([sharpness(regime="mup"), sharpness(0.3, regime="ntk")], ignore_index=True)


UNUSABLE = {
    "two runs of one seed": (lambda t: pd.concat([t, t.assign(run=t["run"] + "again")]), "share width 32, seed 0"),
    "no such index": (lambda t: t.assign(index=t["quantity"].eq("effective_sharpness").astype(int)), "has no index 0"),
    "two seeds": (lambda t: t[t["seed"] < 2], "2 of 2 seeds are complete"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_where_nothing_can_be_judged_the_exit_code_and_the_output_say_so(case, both, tmp_path):
    change, told = UNUSABLE[case]
    change(both).to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv", "--out", tmp_path / "out")
    assert done.exit_code == 5, done.output
    assert told in done.stdout
    assert "nothing could be judged" in done.stderr


def test_a_table_needs_no_index_and_with_one_rate_no_rate(both, tmp_path):
    both.drop(columns=["index", "rate"]).to_csv(tmp_path / "bare.csv", index=False)
    both.to_csv(tmp_path / "table.csv", index=False)
    bare, whole = asked(tmp_path / "bare.csv"), asked(tmp_path / "table.csv")
    assert bare.exit_code == whole.exit_code == 0, bare.output
    assert "The table has no column rate" in bare.stdout
    assert set(whole.stdout.splitlines()[1:]) < set(bare.stdout.splitlines())


def test_a_decay_is_of_no_use_without_a_rate(both, tmp_path):
    both.drop(columns="rate").assign(decay=0.1).to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv")
    assert done.exit_code == 2
    assert "lacks the column rate" in done.stderr


def test_movement_is_told_once_for_each_case(both, tmp_path):
    moved = both[both["quantity"] == "effective_sharpness"].assign(quantity="kernel_movement", value=0.3)
    loss = both[both["quantity"] == "effective_sharpness"].assign(quantity="test_error")
    pd.concat([both, moved, loss]).to_csv(tmp_path / "table.csv", index=False)
    done = asked(tmp_path / "table.csv", "--quantity", "effective_sharpness", "--quantity", "test_error")
    assert done.exit_code == 0, done.output
    assert done.stdout.count("the tangent kernel moves by 0.3") == 2
