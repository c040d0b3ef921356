from functools import partial

import numpy as np
import pytest
from scipy.signal import lfilter

from spectra.fitting.bootstrap import block_bootstrap, block_length, run_bootstrap
from spectra.fitting.fit_law import fit_law

STEPS = np.geomspace(1, 1e3, 60)
POWER = partial(fit_law, law="power")


def generators(count, seed=0):
    return np.random.default_rng(seed).spawn(count)


def test_runs_come_with_all_their_points():
    # A run that is written down three times is no more information.
    y = 5 * STEPS**-0.5 * np.exp(0.05 * np.random.default_rng(0).standard_normal(STEPS.size))
    runs = np.arange(STEPS.size) // 4
    once = run_bootstrap(STEPS, y, runs, generators=generators(50), fit=POWER)
    thrice = run_bootstrap(np.tile(STEPS, 3), np.tile(y, 3), np.tile(runs, 3), generators=generators(50), fit=POWER)
    np.testing.assert_allclose(thrice.draws["exponent"], once.draws["exponent"], rtol=1e-7)
    assert once.degrees == 14


def test_one_point_per_run_agrees_with_linear_theory():
    y = 5 * STEPS**-0.5 * np.exp(0.05 * np.random.default_rng(1).standard_normal(STEPS.size))
    bootstrap = run_bootstrap(STEPS, y, np.arange(STEPS.size), generators=generators(200), fit=POWER)
    interval, place = bootstrap.intervals()["exponent"], np.log(STEPS) - np.log(STEPS).mean()
    # White's variance of a regression, which lets every point have a noise of its own, as drawing pairs does.
    slope, height = np.polyfit(place, np.log(y), 1)
    pulls = place * (np.log(y) - height - slope * place) / (place @ place)
    half = 2.0 * np.linalg.norm(pulls) * np.sqrt(60 / 59)
    assert (interval.high - interval.low) / 2 == pytest.approx(half, rel=0.25)


def test_blocks_of_white_residuals_agree_with_the_profile():
    y = (2 + 5 * STEPS**-0.5) * np.exp(0.01 * np.random.default_rng(2).standard_normal(STEPS.size))
    bootstrap, profile = block_bootstrap(STEPS, y, generators=generators(150)), fit_law(STEPS, y)
    for name, interval in bootstrap.intervals().items():
        other = profile.intervals[name]
        assert interval.high - interval.low == pytest.approx(other.high - other.low, rel=0.35)


def blocks_covered(repetitions, draws):
    """How often block intervals hold the exponent of curves with strongly correlated errors."""
    generator, x, count = np.random.default_rng(3), np.geomspace(1, 1e3, 200), 0
    for _ in range(repetitions):
        errors = lfilter([1.0], [1.0, -0.8], generator.standard_normal(400) * 0.6)[200:]
        y = 5 * x**-0.5 * np.exp(0.02 * errors)
        interval = block_bootstrap(x, y, generators=generator.spawn(draws), fit=POWER).intervals()["exponent"]
        count += interval.low <= 0.5 <= interval.high
    return count


def test_blocks_carry_the_correlation_of_the_errors():
    # Draws of single residuals hold the truth 5 times in 10 here.
    assert blocks_covered(8, 30) >= 4


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_block_intervals_cover_nearly():
    assert blocks_covered(300, 100) / 300 >= 0.88


def test_block_length_follows_the_optimal_rule():
    # For residuals of autocorrelation r the rule is (3/2 (2 r / (1 - r^2))^2 n)^(1/3).
    persistence = 0.8
    time = (1 + persistence) / (1 - persistence)
    expected = (1.5 * (2 * persistence / (1 - persistence**2)) ** 2 * 1000) ** (1 / 3)
    assert block_length(1000, time=time) == np.ceil(expected)
    assert block_length(1000, time=1.0) == 1


def test_draws_are_reproducible():
    y = 5 * STEPS**-0.5 * np.exp(0.05 * np.random.default_rng(4).standard_normal(STEPS.size))
    first, second = (block_bootstrap(STEPS, y, generators=generators(5), fit=POWER).draws for _ in range(2))
    assert first.equals(second)


def test_what_cannot_be_resampled_is_said():
    y = 5 * STEPS**-0.5
    with pytest.raises(ValueError, match="3 or more"):
        run_bootstrap(STEPS, y, np.arange(STEPS.size) % 2, generators=generators(1))
    with pytest.raises(ValueError, match="run of every point"):
        run_bootstrap(STEPS, y, [1, 2], generators=generators(1))
    with pytest.raises(ValueError, match="x repeats"):
        block_bootstrap(np.tile(STEPS, 2), np.tile(y, 2), generators=generators(1))
    with pytest.raises(ValueError, match="blocks of 100"):
        block_bootstrap(STEPS, y, generators=generators(1), block=100)
    with pytest.raises(ValueError, match="no generators"):
        block_bootstrap(STEPS, y, generators=[])


def test_few_runs_are_warned_about():
    y = 5 * STEPS**-0.5 * np.exp(0.05 * np.random.default_rng(5).standard_normal(STEPS.size))
    bootstrap = run_bootstrap(STEPS, y, np.arange(STEPS.size) % 5, generators=generators(5), fit=POWER)
    assert any("5 runs are few" in sentence for sentence in bootstrap.warnings)
