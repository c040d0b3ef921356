"""Any entry of a quantity, any size, and tables that were made elsewhere."""

import numpy as np
import pandas as pd
import pytest

from spectra.verdicts import super_consistency
from tests.verdicts.simulated import consistency_table, sharpness_logs


def table_of(seeds=6, seed=0, **truth):
    return consistency_table(sharpness_logs(np.random.default_rng(seed), seeds=seeds, scatter=0.01, **truth))


def test_an_index_selects_its_entry():
    first, second = table_of(), table_of(slope=0.3)
    measured = second[second["quantity"] != "diverged"].assign(index=1)
    both = pd.concat([first, measured])
    assert super_consistency(both).verdict == "super consistent"
    result = super_consistency(both, index=1)
    assert (result.verdict, result.index) == ("inconsistent", 1)
    assert "the 2nd largest effective sharpness" in result.sentence
    with pytest.raises(ValueError, match="has no index 2; it has 0, 1"):
        super_consistency(both, index=2)
    with pytest.raises(ValueError, match="has no index '1'; it has 0, 1"):
        super_consistency(both, index="1")


def test_any_column_of_positive_numbers_can_grow():
    table = table_of(slope=0.3).rename(columns={"width": "heads"})
    result = super_consistency(table, scale="heads")
    assert (result.scale, result.verdict) == ("heads", "inconsistent")


def grid(width_slope, depth_slope, *, lost=()):
    """Runs on a grid of three widths and three depths, with a slope per doubling of each."""
    logs = sharpness_logs(np.random.default_rng(3), seeds=6, scatter=0.01, sizes=9)
    points = [(w, d) for w in (32, 64, 128) for d in (2, 4, 8)]
    shift = np.array([width_slope * np.log2(w / 32) + depth_slope * np.log2(d / 2) for w, d in points])
    table = consistency_table(logs + shift[None, :, None], sizes=range(9), diverged=lost)
    return table.assign(
        width=[points[place][0] for place in table["width"]], depth=[points[place][1] for place in table["width"]]
    )


def test_width_and_depth_together_must_both_hold():
    result = super_consistency(grid(0.0, 0.0), scale=("width", "depth"))
    assert (result.scale, result.verdict) == ("width × depth", "super consistent")
    assert "from width × depth 32 × 2 to 128 × 8" in result.sentence
    assert result.growth.columns.to_list() == ["size", "width", "depth", "growth", "low", "high"]
    broken = super_consistency(grid(0.0, 0.3), scale=("width", "depth"))
    assert broken.verdict == "inconsistent"
    assert "per doubling of depth" in broken.sentence


def test_a_run_of_a_pair_that_is_lost_is_named_by_both_sizes():
    result = super_consistency(grid(0.0, 0.0, lost=[(2, 4)]), scale=("width", "depth"))
    assert result.verdict == "inconclusive"
    assert any("width × depth 64 × 4, seed 2: diverged" in note for note in result.notes)


def test_a_table_without_ends_is_judged_and_says_how():
    table = table_of()
    result = super_consistency(table[table["quantity"] != "diverged"])
    assert result.verdict == "super consistent"
    assert any("does not say how runs ended" in note for note in result.notes)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda table: table.assign(value=table["value"].mask((table["run"] == "64-1") & (table["step"] > 40))), "50"),
        (lambda table: table[(table["run"] != "64-1") | (table["step"] <= 40)], "stops at step 40"),
    ],
)
def test_without_ends_a_run_that_breaks_off_counts_as_lost(spoil, reason):
    table = table_of()
    result = super_consistency(spoil(table[table["quantity"] != "diverged"]))
    assert 1 not in result.seeds
    assert reason in result.excluded["reason"].iloc[0]
    assert result.verdict == "inconclusive"


def test_a_setting_that_changes_with_the_size_is_noted():
    table = table_of()
    result = super_consistency(table.assign(depth=table["width"] // 16))
    assert any("Together with width these settings change: depth" in note for note in result.notes)


def test_movement_over_a_pair_is_that_of_each_combination():
    table = grid(0.0, 0.0)
    rows = table[table["quantity"] == "effective_sharpness"]
    moved = rows.assign(quantity="kernel_movement", value=0.1 * rows["depth"] + rows["width"] / 1000)
    found = super_consistency(pd.concat([table, moved]), scale=("width", "depth")).movement
    np.testing.assert_allclose(found["movement"], 0.1 * found["depth"] + found["width"] / 1000)
