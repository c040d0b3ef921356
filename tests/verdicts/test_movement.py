import numpy as np
import pandas as pd
import pytest

from spectra.verdicts import super_consistency
from spectra.verdicts.movement import COLUMNS
from spectra.verdicts.movement_words import movement_words
from tests.verdicts.simulated import SIZES, consistency_table, sharpness_logs

FADING = (0.08, 0.04, 0.02, 0.01)
CASES = [
    (0.5, "super consistent"),
    (0.01, "super consistent"),
    (FADING, "trivially consistent"),
    (1e-5, "trivially consistent"),
]


def with_movement(kernel, *, quantity="effective_sharpness", growth=0.0, name="kernel_movement", seeds=6):
    """Curves that are equal at all sizes, and a movement of the given value at each size."""
    generator = np.random.default_rng(0)
    table = consistency_table(sharpness_logs(generator, seeds=seeds, growth=growth, scatter=0.01), quantity=quantity)
    rows = table[table["quantity"] == quantity].copy()
    level = dict(zip(SIZES, np.broadcast_to(kernel, 4), strict=True))
    rows["value"] = [level[width] * step / 80 for width, step in zip(rows["width"], rows["step"], strict=True)]
    return pd.concat([table, rows.assign(quantity=name)])


def test_movement_is_the_mean_at_the_last_step():
    table = with_movement([0.4, 0.3, 0.2, 0.1])
    found = super_consistency(table).movement
    assert found.columns.to_list() == COLUMNS
    np.testing.assert_allclose(found["movement"], [0.4, 0.3, 0.2, 0.1])
    np.testing.assert_allclose(found["low"], found["high"])


def test_the_exponent_of_fading_movement_is_found():
    result = super_consistency(with_movement(FADING))
    np.testing.assert_allclose(result.movement["fade"], 1.0)
    assert "goes as width^-1.00" in result.sentence
    assert "as in lazy networks" in result.sentence


@pytest.mark.parametrize(("kernel", "verdict"), CASES)
def test_a_kernel_that_moves_is_learning_though_the_sharpness_stays(kernel, verdict):
    result = super_consistency(with_movement(kernel))
    assert result.verdict == verdict
    assert "tangent kernel" in result.sentence


def test_movement_stands_in_a_verdict_only_where_it_decides():
    result = super_consistency(with_movement(0.5, growth=1.2))
    assert result.verdict == "super consistent"
    assert "tangent kernel" not in result.sentence
    assert "tangent kernel" in movement_words(result.movement, scale="width", level=0.9)
    assert not movement_words(None, scale="width", level=0.9)


@pytest.mark.parametrize(("kernel", "verdict"), CASES)
def test_a_loss_is_trivial_by_the_kernel_alone(kernel, verdict):
    assert super_consistency(with_movement(kernel, quantity="loss", growth=-2.0), "loss").verdict == verdict


def test_weights_that_move_are_told_and_decide_nothing():
    result = super_consistency(with_movement(0.5, name="weight_movement"))
    assert result.verdict == "trivially consistent"
    assert "weights" not in result.sentence
    assert "the weights move by 0.5" in movement_words(result.movement, scale="width", level=0.9)


def test_movement_that_some_run_lacks_is_empty():
    table = with_movement(0.5)
    lost = (table["quantity"] == "kernel_movement") & (table["run"] == "64-1")
    result = super_consistency(table[~lost])
    assert result.movement.empty
    assert any("kernel_movement" in note for note in result.notes)


def test_kernel_and_weights_stand_beside_each_other_and_one_may_be_lacking():
    table, weights = with_movement(0.5), with_movement(0.3, name="weight_movement")
    both = pd.concat([table, weights[weights["quantity"] == "weight_movement"]])
    assert super_consistency(both).movement["quantity"].to_list() == ["kernel_movement"] * 4 + ["weight_movement"] * 4
    lost = (both["quantity"] == "weight_movement") & (both["run"] == "64-1")
    assert super_consistency(both[~lost]).movement["quantity"].unique().tolist() == ["kernel_movement"]
