"""Intervals of simulated curves hold the truth as often as they say."""

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import binom

from spectra.fitting import fit_power_law

TRUTH = {"amplitude": 5.0, "exponent": 0.5, "floor": 2.0}


def covered(*, floor, points, persistence, scatter, repetitions):
    """How often each parameter's 95 percent interval holds the truth."""
    generator, x = np.random.default_rng(points), np.geomspace(1, 1e3, points)
    model = TRUTH["floor"] * floor + TRUTH["amplitude"] * x ** -TRUTH["exponent"]
    counts = dict.fromkeys(["amplitude", "exponent", "floor"] if floor else ["amplitude", "exponent"], 0)
    for _ in range(repetitions):
        white = generator.standard_normal(points + 200) * np.sqrt(1 - persistence**2)
        law = fit_power_law(x, model * (1 + scatter * lfilter([1.0], [1.0, -persistence], white)[200:]), floor=floor)
        for name in counts:
            counts[name] += law.intervals[name].low <= TRUTH[name] <= law.intervals[name].high
    return counts


@pytest.mark.parametrize("floor", [False, True])
@pytest.mark.parametrize("points", [8, 40])
def test_intervals_of_independent_points_cover(floor, points):
    for count in covered(floor=floor, points=points, persistence=0.0, scatter=0.02, repetitions=150).values():
        assert count >= binom.ppf(1e-4, 150, 0.95)


def test_intervals_of_correlated_points_cover_nearly():
    # Naive intervals hold the truth 5 times in 10 here. The autocorrelation time is itself estimated: 0.91 is reached.
    for count in covered(floor=True, points=200, persistence=0.8, scatter=0.02, repetitions=100).values():
        assert count >= binom.ppf(1e-4, 100, 0.90)


@pytest.mark.slow
@pytest.mark.parametrize("floor", [False, True])
@pytest.mark.parametrize("points", [6, 20, 100])
@pytest.mark.parametrize("scatter", [0.01, 0.1])
def test_coverage_is_between_93_and_98_percent(floor, points, scatter):
    for count in covered(floor=floor, points=points, persistence=0.0, scatter=scatter, repetitions=2000).values():
        assert 0.93 <= count / 2000 <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize(("points", "persistence"), [(50, 0.5), (200, 0.8), (500, 0.9)])
def test_coverage_with_autocorrelation_is_above_89_percent(points, persistence):
    counts = covered(floor=True, points=points, persistence=persistence, scatter=0.02, repetitions=1000)
    assert min(counts.values()) / 1000 >= 0.89
