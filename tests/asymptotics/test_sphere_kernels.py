import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import trapezoid

from spectra.asymptotics.sphere_kernels import ShallowKernel, half_space_covariance


@pytest.mark.parametrize("power", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("correlation", [-0.9, 0.0, 0.35, 0.99])
def test_the_covariance_of_half_space_powers_is_the_gaussian_mean(power, correlation):
    # g = r cos s, h = r cos(s - t): the radius gives 2^q q!, the angle an integral of a trigonometric polynomial.
    t = np.arccos(correlation)
    angle = np.linspace(t - np.pi / 2, np.pi / 2, 200_001)
    values = (np.cos(angle) * np.cos(angle - t)).clip(0) ** power
    mean = 2**power * mpmath.factorial(power) * trapezoid(values, angle) / (2 * np.pi)
    assert_allclose(half_space_covariance(power, correlation), float(mean), rtol=1e-8)


def test_kernels_of_relu_networks_are_the_arc_cosine_kernels():
    u = np.linspace(-1, 1, 9)
    step = (np.pi - np.arccos(u)) / np.pi
    ramp = (u * (np.pi - np.arccos(u)) + np.sqrt(1 - u**2)) / np.pi
    assert_allclose(ShallowKernel(3)(u), ramp + u * step, atol=1e-15)
    assert_allclose(ShallowKernel(3, bias="zero")(u), ramp + u * step + step, atol=1e-15)
    assert_allclose(ShallowKernel(3, layers="output", variance="standard")(u), ramp / 2, atol=1e-15)
    assert_allclose(ShallowKernel(3, layers="hidden", output_bias=True)(u), u * step + 1, atol=1e-15)


def test_a_normal_bias_is_one_more_input_of_one():
    u = np.linspace(-1, 1, 9)
    plain = ShallowKernel(3)
    assert_allclose(ShallowKernel(3, bias="normal")(u), 2 * plain((1 + u) / 2), rtol=1e-15)


def test_the_kernel_of_a_wide_random_network_approaches_it():
    generator = np.random.default_rng(0)
    inputs = np.array([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0]])
    hidden = generator.normal(size=(400_000, 3)) * np.sqrt(2)
    before = inputs @ hidden.T
    gram = np.maximum(before[0], 0) * np.maximum(before[1], 0)
    slopes = 2 * (before[0] > 0) * (before[1] > 0)
    samples = gram + slopes * (0.6 + 1)  # readout of variance one; a zero bias adds one to the inner product
    error = samples.std() / np.sqrt(len(samples))
    assert abs(samples.mean() - ShallowKernel(3, bias="zero")(0.6)) < 4 * error


def test_the_strength_is_that_of_the_kink_at_the_diagonal():
    assert_allclose(ShallowKernel(3, bias="zero").strength(), -2 / np.pi, rtol=1e-15)
    assert_allclose(ShallowKernel(3, bias="normal").strength(), -np.sqrt(2) / np.pi, rtol=1e-15)
    assert_allclose(ShallowKernel(3).strength(), -1 / np.pi, rtol=1e-15)
    # Past the diagonal only odd powers of the angle differ: G_1 = smooth + |angle|^3 / (6 pi) + ...
    assert_allclose(ShallowKernel(3, layers="output", variance="standard").strength(), 1 / (6 * np.pi), rtol=1e-15)


def test_traces_of_relu_kernels_are_two_and_three():
    assert [ShallowKernel(4, bias=bias).trace() for bias in ("none", "zero", "normal")] == [2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dimension": 1}, "at least 2"),
        ({"dimension": 3, "layers": "all"}, "both, hidden, output"),
        ({"dimension": 3, "bias": "uniform"}, "none, zero, normal"),
        ({"dimension": 3, "variance": "xavier"}, "he, standard"),
        ({"dimension": 3, "power": 0}, "power is 0; it is at least 1"),
        ({"dimension": 3, "power": -1, "layers": "output"}, "power is -1; it is at least 0"),
    ],
)
def test_what_is_no_such_network_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        ShallowKernel(**wrong)


def test_cosines_outside_their_range_are_refused():
    with pytest.raises(ValueError, match="divide inner products"):
        ShallowKernel(3)([0.0, 1.1])
    assert ShallowKernel(3)(1 + 1e-7) == 2.0
