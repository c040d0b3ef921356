import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.asymptotics.finite_spectrum import finite_spectrum, predicted_loss
from spectra.asymptotics.optimizers import GradientDescent, optimizer_loss
from tests.asymptotics.power_laws import power_law


def test_a_spectrum_is_sorted_and_its_null_space_set_aside():
    spectrum = finite_spectrum([0.1, 1e-15, 2.0, -1e-16], [1.0, 2.0, 3.0, 4.0])
    assert_allclose(spectrum.eigenvalues, [2.0, 0.1])
    assert_allclose(spectrum.squared_coefficients, [3.0, 1.0])
    assert (spectrum.null_modes, spectrum.null_weight) == (2, 6.0)


def test_the_loss_of_a_kernel_is_that_of_its_linear_flow():
    factors = np.random.default_rng(0).standard_normal((6, 4))
    kernel, residual = factors @ factors.T / 6, np.arange(1.0, 7.0)
    values, vectors = np.linalg.eigh(kernel)
    losses = predicted_loss(values, (vectors.T @ residual) ** 2 / 6, [0.0, 0.3, 2.0], resolution=1e-12)
    weights, step = residual.copy(), 1e-4
    by_steps = {0: (weights**2).mean() / 2}
    for number in range(1, 20_001):
        weights = weights - step * kernel @ weights
        by_steps[number] = (weights**2).mean() / 2
    assert_allclose(losses, [by_steps[0], by_steps[3000], by_steps[20_000]], rtol=1e-3)


def test_small_steps_of_descent_follow_the_flow():
    eigenvalues, weights, _ = power_law(1.5, 0.5, 300)
    steps = optimizer_loss(GradientDescent(1e-5), eigenvalues, weights, [10**6])
    assert_allclose(steps, predicted_loss(eigenvalues, weights, [10.0]), rtol=1e-4)


@pytest.mark.parametrize("time", [0.0, 1.0, 300.0, 1e4])
def test_the_law_stands_in_for_the_modes_that_are_left_out(time):
    eigenvalues, weights, source = power_law(1.5, 0.5, 200_000)
    kept = slice(0, 2000)
    whole = predicted_loss(eigenvalues, weights, [time], beyond=source)
    # The law misses the tail by about half a mode of 2,000.
    part = predicted_loss(eigenvalues[kept], weights[kept], [time], beyond=source)
    assert_allclose(part, whole, rtol=2e-4)


def test_zero_eigenvalues_leave_a_floor():
    losses = predicted_loss([1.0, 0.0], [1.0, 0.4], [0.0, 1e6])
    assert_allclose(losses, [0.7, 0.2])


@pytest.mark.parametrize(
    ("eigenvalues", "weights", "words"),
    [
        ([1.0, 2.0], [1.0], "two lists of one length"),
        ([1.0, np.nan], [1.0, 1.0], "finite"),
        ([1.0, 2.0], [1.0, -1.0], "from zero up"),
        ([0.0, -1.0], [1.0, 1.0], "no eigenvalue is positive"),
        ([1.0, -0.1], [1.0, 1.0], "negative beyond the resolution"),
    ],
)
def test_what_is_no_spectrum_is_refused(eigenvalues, weights, words):
    with pytest.raises(ValueError, match=words):
        finite_spectrum(eigenvalues, weights)


@pytest.mark.parametrize("time", [-1.0, np.inf])
def test_times_out_of_range_are_refused(time):
    with pytest.raises(ValueError, match="from zero up"):
        predicted_loss([1.0], [1.0], [time])
