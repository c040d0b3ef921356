"""Verdicts and intervals of learning rates hold what they promise, over simulated studies."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import binom

from spectra.verdicts.rate_drift import GRID_SPREAD, rate_drift
from spectra.verdicts.rate_optimum import optima
from spectra.verdicts.rate_regret import rate_regrets
from spectra.verdicts.rate_resamples import rate_resamples
from spectra.verdicts.rate_skew import skew_shift
from tests.verdicts.tuning_study import SHAPES, SIZES, TuningStudy, skewed

MARGIN = 0.1


def rates_of_error(study, repetitions):
    """Shares in which the interval of the drift misses, transfer is claimed, and a regret's interval misses."""
    generator, found = np.random.default_rng(study.seeds), []
    for _ in range(repetitions):
        blocks = study.blocks(generator)
        tuned = rate_resamples(blocks, resampling_seed=0)
        drift = rate_drift(blocks, tuned, level=0.9).interval
        table = rate_regrets(blocks, tuned, level=0.9).table
        cost = table[table["run_at"] == SIZES[-1]].iloc[0]
        truth = study.regrets()[0]
        found.append(
            (
                not drift.low <= study.drift <= drift.high,
                drift.low > -MARGIN and drift.high < MARGIN,
                not cost["low"] - 1e-12 <= truth <= cost["high"],
            )
        )
    return np.mean(found, axis=0)


@pytest.mark.parametrize("shape", ["parabola", "skewed"])
@pytest.mark.parametrize("step", [0.25, 1 / 3, 0.5, 1.0])
def test_interpolation_errs_by_less_than_the_grid_is_granted(shape, step):
    grid, places = np.arange(-6, 6.01, step), np.linspace(0, step, 21)
    found = optima(grid, SHAPES[shape](grid[None] - places[:, None]))
    errors = found.position - places
    assert np.ptp(errors) < GRID_SPREAD * step**2
    assert np.abs(errors).max() < max(1, 2 * step) ** 2 / 15.5


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


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 8, 16])
@pytest.mark.parametrize("drift", [MARGIN, -MARGIN])
@pytest.mark.parametrize("bends", [(0.01, 0.34, 0.67, 1.0), (-0.7, -0.23, 0.23, 0.7), (1e-3, 1e-3, 1e-3, 1.0)])
def test_a_drift_at_the_margin_is_seldom_called_transfer_where_the_skew_changes(seeds, drift, bends):
    missed, claimed, _ = rates_of_error(TuningStudy(seeds=seeds, drift=drift, bends=bends), 100)
    assert 100 * missed <= binom.ppf(0.999, 100, 0.10)
    assert 100 * claimed <= binom.ppf(0.999, 100, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seeds", "spacing", "shape"), [(3, 0.5, "parabola"), (4, 1.0, "skewed"), (8, 0.5, "cliff"), (5, 1.0, "cliff")]
)
def test_few_seeds_and_a_coarse_grid_keep_the_error_of_transfer(seeds, spacing, shape):
    missed, claimed, wrong = rates_of_error(TuningStudy(seeds=seeds, drift=MARGIN, spacing=spacing, shape=shape), 40)
    assert 40 * missed <= binom.ppf(0.999, 40, 0.10)
    assert 40 * claimed <= binom.ppf(0.999, 40, 0.05)
    # Without a parabola a regret is that of the best rate tried, and the study knows that of the best of all.
    assert shape == "cliff" or spacing == 1 or 40 * wrong <= binom.ppf(0.999, 40, 0.10)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [3, 5, 16])
@pytest.mark.parametrize("spacing", [0.5, 1.0])
@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("unequal", [False, True])
def test_a_drift_at_the_margin_is_seldom_called_transfer(seeds, spacing, shape, unequal):
    study = TuningStudy(seeds=seeds, drift=MARGIN, spacing=spacing, shape=shape, unequal=unequal)
    missed, claimed, wrong = rates_of_error(study, 150)
    assert 150 * missed <= binom.ppf(0.999, 150, 0.10)
    assert 150 * claimed <= binom.ppf(0.999, 150, 0.05)
    assert shape == "cliff" or spacing == 1 or 150 * wrong <= binom.ppf(0.999, 150, 0.10)


@pytest.mark.slow
def test_eight_seeds_show_that_an_optimum_stays():
    assert rates_of_error(TuningStudy(seeds=8), 100)[1] > 0.8


def test_a_grid_of_factors_of_two_leaves_the_drift_open_by_a_step():
    blocks = TuningStudy(seeds=8, spacing=1.0, noise=0.01).blocks(np.random.default_rng(0))
    found = rate_drift(blocks, rate_resamples(blocks, resampling_seed=0), level=0.9)
    assert not found.interpolated
    assert found.interval.high - found.drift >= 1 / 3 - 1e-12
