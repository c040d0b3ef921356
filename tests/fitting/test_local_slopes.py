from itertools import pairwise

import numpy as np
import pytest

from spectra.fitting.local_slopes import local_slopes

STEPS = np.geomspace(1, 1e4, 200)


def test_slope_of_a_power_law_is_its_exponent_everywhere():
    table = local_slopes(STEPS, 3 + 5 * STEPS**-0.4, floors=[3.0])
    np.testing.assert_allclose(table["slope"], 0.4, rtol=1e-9)
    assert list(table.columns) == ["floor", "x", "slope", "low", "high", "points"]
    assert len(table) == STEPS.size


def test_a_floor_that_is_not_subtracted_lowers_the_slope_by_its_share_of_the_loss():
    loss = 3 + 5 * STEPS**-0.4
    table = local_slopes(STEPS, loss, floors=[0.0, 1.0], decades=0.05)
    for floor, part in table.groupby("floor"):
        expected = 0.4 * (loss - 3) / (loss - floor)
        np.testing.assert_allclose(part["slope"][3:-3], expected[np.isin(STEPS, part["x"])][3:-3], rtol=3e-3)


def test_a_shift_lowers_the_early_slopes():
    table = local_slopes(STEPS, 5 * (STEPS + 30) ** -0.4, decades=0.05)
    np.testing.assert_allclose(table["slope"][3:-3], (0.4 * table["x"] / (table["x"] + 30))[3:-3], rtol=3e-3)


def test_intervals_hold_the_slope_as_often_as_they_say():
    generator, inside = np.random.default_rng(0), []
    for _ in range(60):
        y = 5 * STEPS**-0.4 * np.exp(0.02 * generator.standard_normal(STEPS.size))
        middle = local_slopes(STEPS, y).iloc[STEPS.size // 2]
        inside.append(middle["low"] <= 0.4 <= middle["high"])
    assert np.mean(inside) == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 60))


def test_less_noise_narrows_the_intervals_of_a_bent_curve():
    x, errors, widths = np.geomspace(1, 1e5, 100), np.random.default_rng(2).standard_normal(100), []
    for scatter in (0.1, 0.01, 1e-3, 1e-4, 1e-6, 0.0):
        table = local_slopes(x, (1 + 4 * x**-0.5) * np.exp(scatter * errors))
        widths.append((table["high"] - table["low"]).to_numpy())
    for wide, narrow in pairwise(widths[:4]):
        assert 5 < np.median(wide / narrow) < 20
        assert (narrow < wide).all()
    # Below, what is left is the bend of the curve within a neighbourhood.
    assert max(widths[4].max(), widths[5].max()) < widths[3].max() < 0.01


def test_weights_say_how_exact_points_are():
    generator, inside = np.random.default_rng(3), []
    own = np.where(np.arange(STEPS.size) % 2, 1.0, 16.0)
    for _ in range(60):
        y = 5 * STEPS**-0.4 * np.exp(0.02 * generator.standard_normal(STEPS.size) / np.sqrt(own))
        middle = local_slopes(STEPS, y, weights=own).iloc[STEPS.size // 2]
        inside.append(middle["low"] <= 0.4 <= middle["high"])
    assert np.mean(inside) == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 60))


def test_units_change_nothing():
    y = 2 + 5 * STEPS**-0.4 * np.exp(0.02 * np.random.default_rng(1).standard_normal(STEPS.size))
    table, other = local_slopes(STEPS, y, floors=[1.0]), local_slopes(1e3 * STEPS, 7 * y, floors=[7.0])
    np.testing.assert_allclose(other[["slope", "low", "high"]], table[["slope", "low", "high"]], rtol=1e-7)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"floors": [5.0]}, "not finite and below every y"),
        ({"decades": 0.0}, "decades"),
        ({"decades": 1e-6}, "wider"),
        ({"weights": [1.0]}, "shapes"),
    ],
)
def test_what_cannot_be_done_is_said(options, message):
    with pytest.raises(ValueError, match=message):
        local_slopes([1.0, 2, 3, 4, 5], [5.0, 4, 3, 2.5, 2.4], **options)


def test_curves_of_too_many_points_are_to_be_averaged_first():
    x = np.arange(1.0, 30_002.0)
    with pytest.raises(
        ValueError, match=r"30001 points were given, and at most 30000 .* average .* log_bins.read_curve"
    ):
        local_slopes(x, 1 / x)


def test_no_points_are_refused():
    with pytest.raises(ValueError, match="there must be some"):
        local_slopes([], [])
