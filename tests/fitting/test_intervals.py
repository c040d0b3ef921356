import numpy as np
import pytest
from scipy import stats

from spectra.fitting.intervals import half_width


def test_half_width_is_that_of_the_t_interval():
    samples = np.random.default_rng(0).standard_normal(7)
    low, high = stats.t.interval(0.9, 6, loc=samples.mean(), scale=stats.sem(samples))
    assert half_width(samples, level=0.9) == pytest.approx((high - low) / 2, rel=1e-12)


def test_comparisons_divide_the_error():
    samples = np.random.default_rng(1).standard_normal((4, 3))
    np.testing.assert_allclose(
        half_width(samples, level=0.9, comparisons=5), half_width(samples, level=0.98), rtol=1e-12
    )


def test_one_sample_shows_no_scatter():
    assert np.isnan(half_width(np.zeros((1, 2)), level=0.9)).all()
