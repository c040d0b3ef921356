import numpy as np
import pytest
from scipy.signal import lfilter

from spectra.fitting.autocorrelation import autocorrelation_time


def chain(generator, persistence, count):
    return lfilter([1.0], [1.0, -persistence], generator.standard_normal(count + 500))[500:]


def test_time_of_a_long_chain_is_that_of_theory():
    generator = np.random.default_rng(0)
    times = [autocorrelation_time(chain(generator, 0.8, 20_000), parameters=1) for _ in range(10)]
    error = np.std(times) / np.sqrt(10)
    assert np.mean(times) == pytest.approx((1 + 0.8) / (1 - 0.8), abs=3 * error)


def test_time_of_independent_residuals_is_one():
    generator = np.random.default_rng(1)
    times = [autocorrelation_time(generator.standard_normal(400), parameters=2) for _ in range(50)]
    assert np.median(times) == 1.0


def test_fitted_parameters_hide_no_correlation():
    # The residuals of a fitted cubic have lost their slow modes; the time of the errors comes back on average.
    generator, place = np.random.default_rng(2), np.linspace(-1, 1, 200)
    columns = np.linalg.qr(np.vander(place, 4))[0]
    errors = [chain(generator, 0.8, 200) for _ in range(200)]
    times = [autocorrelation_time(error - columns @ (columns.T @ error), parameters=4) for error in errors]
    assert np.mean(times) == pytest.approx(9.0, abs=4 * np.std(times) / np.sqrt(200))


@pytest.mark.parametrize(
    "residuals", [np.zeros(50), np.array([1.0]), np.array([1.0, -1.0]), np.resize([1.0, -1.0], 50)]
)
def test_time_is_never_below_one(residuals):
    assert autocorrelation_time(residuals, parameters=3) == 1.0


def test_few_points_still_show_their_correlation():
    slow = np.repeat([1.0, -1.0], 6)
    assert autocorrelation_time(slow, parameters=3) == autocorrelation_time(slow, parameters=2) > 2
