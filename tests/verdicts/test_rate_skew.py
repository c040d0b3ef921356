"""A skew of the tuning curves that changes with the size is told from a drift."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.verdicts import rate_transfer
from spectra.verdicts.rate_drift import rate_drift
from spectra.verdicts.rate_optimum import optima
from spectra.verdicts.rate_resamples import rate_resamples
from spectra.verdicts.rate_skew import skew_shift
from tests.verdicts.simulated import tuning_table
from tests.verdicts.tuning_study import TuningStudy, skewed


@pytest.mark.parametrize("step", [0.25, 0.5])
@pytest.mark.parametrize("bend", [-1.0, -0.5, 1e-3, 0.5, 1.0])
def test_the_shift_that_a_skew_implies_is_the_error_of_the_parabola(bend, step):
    grid, places = np.arange(-6, 6.01, step), np.linspace(0, step, 21)
    curves = skewed(grid[None] - places[:, None], bend)
    found = optima(grid, curves)
    errors, implied = found.position - places, skew_shift(grid, curves, found)
    assert_allclose(implied, errors, atol=0.013)
    assert np.abs(errors).max() > 3 * 0.013 * abs(bend)


@pytest.mark.parametrize("bends", [(0.01, 0.34, 0.67, 1.0), (-0.7, -0.23, 0.23, 0.7)])
@pytest.mark.parametrize("first", [0.0, 0.1, 0.25, 0.4])
def test_a_skew_that_changes_with_the_size_looks_like_a_drift_and_is_in_the_interval(bends, first):
    blocks = TuningStudy(seeds=3, noise=1e-6, first=first, bends=bends).blocks(np.random.default_rng(0))
    found = rate_drift(blocks, rate_resamples(blocks, resampling_seed=0), level=0.9)
    assert -0.030 < found.drift < -0.013
    assert found.skewed == pytest.approx(found.drift, abs=0.005)
    spread = found.drift - found.interval.low
    assert found.interval.high == pytest.approx(found.drift - found.skewed + spread)
    assert found.interval.high > 0.0


def test_a_flat_bottom_before_a_wall_moves_no_optimum_far():
    grid = np.arange(-2, 2.01, 0.5)
    curve = np.where(grid < 0.9, 1e-5 * (grid + 0.3) ** 2, 1.0)[None]
    found = optima(grid, curve)
    assert found.interpolated[0]
    assert found.position[0] - skew_shift(grid, curve, found)[0] == 0.0


@pytest.mark.parametrize("finite", [3, 4])
def test_three_rates_tell_nothing_of_a_skew(finite):
    grid = np.arange(5) / 2
    curve = np.where(np.arange(5) < finite, skewed(grid - 0.6, 1.0), np.inf)[None]
    shift = float(skew_shift(grid, curve, optima(grid, curve))[0])
    assert np.isnan(shift) == (finite == 3)
    assert (shift < -0.01) == (finite == 4)


@pytest.mark.parametrize("apart", [1e-15, 1e-9, 1e-3])
def test_a_rate_that_is_there_twice_but_for_rounding_tells_nothing_more_of_a_skew(apart):
    three, far = np.array([-0.5, -0.5 + apart, 0.0, 0.5]), np.array([-0.5, -0.5 + apart, 0.0, 0.5, 4.0])
    noise = 0.01 * np.array([1.0, -1.0, 0.0, 0.0, 0.0])
    shifts = [
        float(skew_shift(grid, curves, optima(grid, curves))[0])
        for grid in (three, far)
        for curves in [0.3 * grid[None] ** 2 + noise[: grid.size]]
    ]
    assert np.isnan(shifts[0])
    assert abs(shifts[1]) < 0.01


def test_a_size_with_three_rates_is_none_whose_skew_differs():
    blocks = TuningStudy(seeds=3, noise=1e-6, first=0.0, shape="skewed").blocks(np.random.default_rng(0))
    around = np.abs(np.log2(blocks.rates[0])) < 0.6
    rates, values = (blocks.rates[0][around], *blocks.rates[1:]), (blocks.values[0][:, around], *blocks.values[1:])
    blocks = replace(blocks, rates=rates, values=values)
    found = rate_drift(blocks, rate_resamples(blocks, resampling_seed=0), level=0.9)
    assert (around.sum(), found.interpolated) == (3, True)
    assert found.skewed == pytest.approx(0, abs=1e-4)


def test_a_skew_that_changes_is_told_and_stands_in_the_interval():
    table = tuning_table([1.1] * 4, seeds=8, noise=0.02)
    cubes, doublings = (np.log2(table["rate"]) - 1.1) ** 3, np.log2(table["width"] / 32)
    result = rate_transfer(table.assign(value=table["value"] * np.exp(0.04 * (doublings - 1.5) * cubes)))
    assert "the skew of the curves changes with width, which alone would look like a drift of -0.0" in result.sentence
    assert result.drift_interval.low < 0 < result.drift_interval.high
    assert result.drift_interval.high - result.drift > 1.5 * (result.drift - result.drift_interval.low)
    assert "skew" not in rate_transfer(table).sentence
