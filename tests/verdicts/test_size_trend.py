"""The tests over sizes keep their level. Slopes per seed are simulated directly: they are all the tests use."""

from math import log

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.stats import binom

from spectra.fitting.intervals import half_width
from spectra.verdicts.size_trend import seeds_needed, size_trend
from tests.verdicts.simulated_studies import blocks_of

MARGIN, REPETITIONS = log(1.05), 4000


def slopes(seeds, *, steps, persistence, scatter=0.03):
    """Slopes (seeds, repetitions, steps) whose correlation between checkpoints is `persistence`."""
    generator = np.random.default_rng(seeds + steps)
    shared = generator.standard_normal((seeds, REPETITIONS, 1))
    own = generator.standard_normal((seeds, REPETITIONS, steps))
    return scatter * (np.sqrt(persistence) * shared + np.sqrt(1 - persistence) * own)


def claims_of_violation(samples):
    """Share of repetitions in which the band or the mean slope lies beyond the margin, as `size_trend` makes them."""
    steps = samples.shape[2]
    centre, reach = samples.mean(axis=0), half_width(samples, level=0.95, comparisons=2 * steps)
    means = samples.mean(axis=2)
    mean, mean_reach = means.mean(axis=0), half_width(means, level=0.95, comparisons=2)
    return (((np.abs(centre) - reach) >= MARGIN).any(axis=1) | ((np.abs(mean) - mean_reach) >= MARGIN)).mean()


@pytest.mark.parametrize("seeds", [3, 5, 8])
@pytest.mark.parametrize("persistence", [0.0, 0.7, 0.99])
@pytest.mark.parametrize("pattern", [[1.0], [1.0, -1.0], [1.0, 0.0]])
def test_a_violation_is_claimed_falsely_in_at_most_one_of_twenty_cases(seeds, persistence, pattern):
    truth = MARGIN * np.resize(pattern, 12)
    false = claims_of_violation(truth + slopes(seeds, steps=12, persistence=persistence))
    assert false <= binom.ppf(0.9999, REPETITIONS, 0.05) / REPETITIONS


@pytest.mark.parametrize("seeds", [3, 5, 8])
@pytest.mark.parametrize("persistence", [0.0, 0.7])
def test_a_slope_of_thirty_percent_is_found_even_from_three_seeds(seeds, persistence):
    assert claims_of_violation(-0.3 + slopes(seeds, steps=12, persistence=persistence)) > 0.95


@pytest.mark.parametrize("seeds", [3, 5, 8])
@pytest.mark.parametrize("pattern", [[1.0], [1.0, 0.0, 0.0]])
def test_equivalence_is_claimed_falsely_in_at_most_one_of_twenty_cases(seeds, pattern):
    samples = MARGIN * np.resize(pattern, 6) + slopes(seeds, steps=6, persistence=0.9)
    passes = (np.abs(samples.mean(axis=0)) + half_width(samples, level=0.9) < MARGIN).all(axis=1).mean()
    assert passes <= binom.ppf(0.9999, REPETITIONS, 0.05) / REPETITIONS


def test_slopes_and_intervals_are_those_of_seeds_as_blocks():
    values = np.random.default_rng(0).standard_normal((5, 4, 2))
    by_step = size_trend(blocks_of(values), level=0.9).by_step
    each = [stats.linregress([5, 6, 7, 8], one[:, 0]).slope for one in values]
    low, high = stats.t.interval(0.9, 4, loc=np.mean(each), scale=stats.sem(each))
    np.testing.assert_allclose(by_step.loc[0, ["slope", "low", "high"]].astype(float), [np.mean(each), low, high])
    assert (by_step["band_low"] < by_step["low"]).all()
    assert (by_step["band_high"] > by_step["high"]).all()


def test_what_the_runs_of_a_seed_share_cancels():
    generator = np.random.default_rng(1)
    values, shared = generator.standard_normal((5, 4, 3)), 100 * generator.standard_normal((5, 1, 3))
    first, second = (size_trend(blocks_of(one), level=0.9).by_step for one in (values, values + shared))
    pd.testing.assert_frame_equal(first, second, rtol=1e-9)


def test_lack_of_fit_is_uniform_without_and_small_with_curvature():
    generator = np.random.default_rng(2)
    noise = generator.standard_normal((4, 5, 2000))
    sizes = (1.0, 2.0, 4.0, 8.0, 16.0)
    line = 3.0 * np.arange(5)[None, :, None]
    p_values = size_trend(blocks_of(noise + line, sizes=sizes), level=0.9).by_step["lack_of_fit"]
    assert stats.kstest(p_values, "uniform").pvalue > 1e-3
    hump = np.array([0.0, 3.0, 4.0, 3.0, 0.0])[None, :, None]
    assert size_trend(blocks_of(noise[:, :, :5] + hump, sizes=sizes), level=0.9).by_step["lack_of_fit"].max() < 0.05


def test_a_hump_without_slope_shows_in_the_largest_gap():
    values = np.broadcast_to(np.array([0.0, 0.4, 0.4, 0.0])[None, :, None], (3, 4, 2))
    by_step = size_trend(blocks_of(values), level=0.9).by_step
    np.testing.assert_allclose(by_step["slope"], 0, atol=1e-12)
    np.testing.assert_allclose(by_step["largest_gap"], 0.4)


def test_seeds_needed_give_four_fifths_power():
    by_step = pd.DataFrame({"slope": [0.0], "low": [-0.2], "high": [0.2]})
    needed = seeds_needed(by_step, 5, level=0.9, margin=0.1)
    scatter = 0.2 * np.sqrt(5) / stats.t.isf(0.05, 4)
    samples = scatter * np.random.default_rng(3).standard_normal((needed, 20_000))
    power = (samples.mean(axis=0) + half_width(samples, level=0.9) < 0.1).mean()
    assert power == pytest.approx(0.8, abs=0.03)
    assert seeds_needed(by_step.assign(slope=0.11), 5, level=0.9, margin=0.1) is None


@pytest.mark.parametrize(
    "points", [[(w, d) for w in (32, 64, 128) for d in (2, 4)], [(32, 2), (64, 2), (64, 4), (128, 8), (128, 2)]]
)
def test_slopes_over_width_and_depth_are_those_of_a_regression_on_both(points):
    generator, logs = np.random.default_rng(4), np.log2(np.array(points, dtype=float))
    plane = np.array([0.3, -0.2]) @ logs.T
    values = plane[None, :, None] + np.zeros((3, len(points), 2))
    by_step = size_trend(blocks_of(values, sizes=points, columns=("width", "depth")), level=0.9).by_step
    assert by_step["scale"].to_list() == ["width", "width", "depth", "depth"]
    np.testing.assert_allclose(by_step["slope"], [0.3, 0.3, -0.2, -0.2], atol=1e-12)
    noisy = values + generator.standard_normal(values.shape)
    one = size_trend(blocks_of(noisy, sizes=points, columns=("width", "depth")), level=0.9).by_step
    design = np.column_stack([np.ones(len(points)), logs])
    each = np.array([np.linalg.lstsq(design, seed[:, 0], rcond=None)[0][1] for seed in noisy])
    low, high = stats.t.interval(0.9, 2, loc=each.mean(), scale=stats.sem(each))
    np.testing.assert_allclose(one.loc[0, ["slope", "low", "high"]].astype(float), [each.mean(), low, high])
