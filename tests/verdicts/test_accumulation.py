from itertools import combinations

import numpy as np
import pytest
from scipy.stats import binom

from spectra.verdicts.accumulation import accumulation
from spectra.verdicts.accumulation_growth import growth_exponent
from spectra.verdicts.accumulation_reference import gaps_by_step, infinite_size, largest_gap, limitless
from spectra.verdicts.accumulation_words import accumulation_words
from spectra.verdicts.consistency_options import Options
from spectra.verdicts.consistency_tests import evidence_of
from tests.verdicts.simulated_studies import SIZES, STEPS, blocks_of, noise, study

OPTIONS = Options()


def found(generator, **truth):
    return accumulation(study(generator, **truth), OPTIONS)


@pytest.mark.parametrize("beta", [-0.5, 0.25, 1.0])
@pytest.mark.parametrize("power", [0.5, 1.0])
def test_an_exact_gap_gives_its_exponents_and_its_size(beta, power):
    result = found(
        np.random.default_rng(0),
        seeds=4,
        scatter=0,
        power=power,
        gap=lambda t: 0.1 * np.maximum(t, 1e-9) ** beta * (t > 0),
    )
    assert result.size_exponent == power
    assert result.exponent == pytest.approx(beta, abs=1e-6)
    assert result.interval.high - result.interval.low < 1e-4
    later = result.by_step[result.by_step["step"] > 0]
    time = later["step"] / STEPS[-1]
    np.testing.assert_allclose(later["gap"], 0.1 * time**beta * (later["size"] / SIZES[0]) ** -power, atol=1e-9)
    np.testing.assert_allclose(later["squared"], np.square(later["gap"]), atol=1e-9)
    curve = result.fitted[result.fitted["step"] > 0]
    np.testing.assert_allclose(curve["curve"], curve["gap"], rtol=1e-6)


def test_the_squared_gap_is_the_mean_over_all_splits_into_halves():
    blocks = blocks_of(np.random.default_rng(1).standard_normal((6, 4, 3)))
    fit = infinite_size(blocks)
    gaps = blocks.values - fit.limit[:, None, :]
    splits = [list(first) for first in combinations(range(6), 3)]
    products = [gaps[one].mean(0) * gaps[[seed for seed in range(6) if seed not in one]].mean(0) for one in splits]
    squared = gaps_by_step(blocks, fit, level=0.9)["squared"].to_numpy().reshape(4, 3)
    np.testing.assert_allclose(squared, np.mean(products, axis=0))


def test_the_squared_gap_has_no_bias_from_noise():
    blocks = blocks_of(0.3 + 0.5 * np.random.default_rng(2).standard_normal((3, 2, 4000)), sizes=SIZES[:2])
    squared = gaps_by_step(blocks, infinite_size(blocks), level=0.9)["squared"].to_numpy()
    assert abs(squared.mean()) < 4 * squared.std() / np.sqrt(squared.size / 2)


@pytest.mark.parametrize("seeds", [3, 8])
def test_the_exponent_does_not_depend_on_the_power_of_the_size(seeds):
    values = study(np.random.default_rng(3), seeds=seeds, scatter=0.0, power=1.0, gap=lambda t: 0.1 * t).values
    first, second = (growth_exponent(values[:, 0] - values[:, k], STEPS, level=0.9)[0] for k in (1, 3))
    assert first == pytest.approx(second, abs=1e-6)


@pytest.mark.parametrize("seeds", [4, 8])
@pytest.mark.parametrize("beta", [0.0, 0.5])
def test_intervals_of_the_exponent_cover_under_noise_that_lasts_in_time(seeds, beta):
    generator, repetitions, inside = np.random.default_rng(seeds), 100, 0
    time = np.array(STEPS[1:]) / STEPS[-1]
    for _ in range(repetitions):
        curves = 0.1 * time**beta + noise(generator, seeds=seeds, scatter=0.03, steps=STEPS[1:])[:, 0]
        interval = growth_exponent(curves, STEPS[1:], level=0.9)[1]
        inside += interval.low <= beta <= interval.high
    assert inside >= binom.ppf(1e-4, repetitions, 0.88)


@pytest.mark.parametrize("gap", [0.0, 0.05, 0.2])
def test_the_largest_gap_is_an_upper_bound(gap):
    generator, below = np.random.default_rng(4), 0
    for _ in range(200):
        below += largest_gap(study(generator, seeds=5, gap=lambda t: gap * t), 0, level=0.9) < gap
    assert below <= binom.ppf(0.9999, 200, 0.05)


def test_words_follow_the_gap():
    generator = np.random.default_rng(5)
    assert found(generator, seeds=16, gap=lambda t: 0.2 * t).word == "accumulates"
    assert found(generator, seeds=16, gap=lambda t: 0.2 * (t > 0) + 0 * t).word == "does not accumulate"
    assert found(generator, seeds=8, gap=lambda t: 0 * t).word == "below the noise floor"
    noisy = found(np.random.default_rng(0), seeds=6, scatter=0.2, gap=lambda t: 0 * t)
    assert (noisy.word, noisy.settles) == ("open", "that it stays within what is allowed")
    assert noisy.seeds_needed > 6


def test_three_seeds_do_not_tell_how_many_would_do():
    few = found(np.random.default_rng(0), seeds=3, scatter=0.1, gap=lambda t: 0 * t)
    assert (few.word, few.seeds_needed, few.settles) == ("open", None, "")


@pytest.mark.parametrize(
    ("sizes", "columns"),
    [((32, 64), ("width",)), ([(w, d) for w in (32, 64) for d in (2, 4, 8)], ("width", "depth"))],
)
def test_of_two_values_of_a_size_no_gap_is_told(sizes, columns):
    values = 0.01 * np.random.default_rng(0).standard_normal((8, len(sizes), 6))
    evidence = evidence_of(blocks_of(values, sizes=sizes, columns=columns), OPTIONS)
    assert (evidence.accumulation.word, len(evidence.accumulation.by_step)) == ("open", 0)
    assert "Three or more values of width" in accumulation_words(evidence)


def test_a_gap_that_grows_ever_more_slowly_does_not_build_up():
    grown = found(np.random.default_rng(5), seeds=16, scatter=0.005, gap=lambda t: np.maximum(t, 0.01) ** 0.1)
    assert 0 < grown.interval.low < grown.interval.high < 0.25
    assert grown.word == "does not accumulate"


def test_a_gap_that_changes_sign_is_not_said_to_accumulate():
    words = {found(np.random.default_rng(seed), seeds=16, gap=lambda t: 0.15 * (1 - 2 * t)).word for seed in range(20)}
    assert "accumulates" not in words


def test_a_small_gap_without_a_shown_course_is_within_the_margin():
    result = found(np.random.default_rng(6), seeds=40, scatter=0.005, gap=lambda t: 0.02 * (1 - 2 * t))
    assert result.resolved
    assert result.word == "within the margin"
    assert result.largest < np.log(1.25)


def test_of_two_columns_the_one_that_accumulates_is_named():
    points = [(w, d) for w in (32, 64, 128) for d in (2, 4, 8)]
    time = np.array(STEPS) / STEPS[-1]
    depth = np.array([d for _, d in points], dtype=float)
    values = 0.2 * (depth / 2)[:, None] ** -1.0 * time + 0.01 * np.random.default_rng(7).standard_normal((8, 9, 1))
    result = accumulation(blocks_of(values, sizes=points, columns=("width", "depth"), steps=STEPS), OPTIONS)
    assert (result.scale, result.word) == ("depth", "accumulates")
    assert result.by_step.columns.to_list()[:4] == ["size", "width", "depth", "step"]


def test_too_little_is_open():
    assert accumulation(blocks_of(np.zeros((2, 4, 5))), OPTIONS).word == "open"
    assert accumulation(blocks_of(np.zeros((5, 1, 5)), sizes=(32,)), OPTIONS).word == "open"
    only_start = accumulation(blocks_of(np.zeros((5, 4, 1))), OPTIONS)
    assert (only_start.word, only_start.largest) == ("open", np.inf)


@pytest.mark.parametrize("exponent", [0.5, 1.0])
def test_what_nears_a_limit_is_hardly_ever_said_to_have_none(exponent):
    generator = np.random.default_rng(3)
    wrong = 0
    for _ in range(300):
        gap = 0.5 * 2.0 ** (-exponent * np.arange(4))[:, None] * np.ones(6)
        logs = gap + 0.03 * generator.standard_normal((8, 4, 1)) + 0.01 * generator.standard_normal((8, 4, 6))
        wrong += limitless(blocks_of(logs))
    assert wrong <= 9  # 1 in 100, and three standard deviations
