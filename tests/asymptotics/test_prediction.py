import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.asymptotics.finite_spectrum import finite_spectrum, predicted_loss
from spectra.asymptotics.prediction import loss_forecast
from spectra.asymptotics.spectrum_estimates import spectrum_estimates
from tests.asymptotics.power_laws import power_law
from tests.asymptotics.test_spectrum_estimates import hemisphere


def test_the_loss_on_the_circle_is_forecast_with_its_constant():
    _, eigenvalues, weights = hemisphere(2, 4000)
    estimates = spectrum_estimates(finite_spectrum(eigenvalues, weights))
    forecast = loss_forecast(estimates)
    # Exact losses of the hemisphere target, computed with 40 digits by summation.
    times, losses = np.array([1e3, 1e4]), np.array([0.00223015410158308348, 0.000705236979434682762])
    assert_allclose(forecast.law(times), losses, rtol=0.01)
    # The 4,000 modes alone miss a share of all the others; the law gives it back to half a mode.
    assert_allclose(predicted_loss(eigenvalues, weights, times, beyond=estimates.source_law()), losses, rtol=1e-4)
    assert predicted_loss(eigenvalues, weights, times)[1] < 0.98 * losses[1]


def test_the_window_is_that_of_the_fitted_modes_and_the_floor_that_of_the_null_space():
    eigenvalues, weights, _ = power_law(1.5, 0.5, 1000)
    spectrum = finite_spectrum([*eigenvalues, 0.0], [*weights, 0.3])
    forecast = loss_forecast(spectrum_estimates(spectrum))
    zeta = forecast.zeta
    assert forecast.law.floor == pytest.approx(0.15)
    assert (forecast.law.start, forecast.law.end) == pytest.approx((zeta.first**1.5, zeta.last**1.5))
    low, high = forecast.interval(50.0)
    assert 0.15 < low <= forecast.law(50.0) <= high


def test_intervals_of_the_loss_hold_the_law_as_often_as_they_say():
    generator, held = np.random.default_rng(0), 0
    eigenvalues, weights, source = power_law(1.5, 0.5, 600)
    true = (source.scale / 2) * np.sqrt(np.pi) / 2 * np.array([20.0, 2000.0]) ** -0.5
    for _ in range(40):
        noisy = weights * generator.chisquare(1, weights.size)
        forecast = loss_forecast(spectrum_estimates(finite_spectrum(eigenvalues, noisy)))
        low, high = forecast.interval(np.array([10.0, 1000.0]))
        held += int(((low < true) & (true < high)).sum())
    assert held >= 72
