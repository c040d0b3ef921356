"""Activations by their names, modules, classes and functions, and those that are made of pieces."""

from math import asin, erf, exp, pi, sqrt

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.testing import assert_close

from spectra.kernels.clipped import Clipped
from spectra.kernels.exponential_linear import Elu
from spectra.kernels.infinite import mlp_kernel
from spectra.kernels.infinite_activations import ACTIVATIONS, SELU, activation_of
from tests.kernels.infinite_width import finite_kernels, network, shapes, standard_errors

PIECES = [Elu(), SELU, Clipped(), Clipped(0.3)]
VARIANCES = torch.tensor([0.0, 1e-6, 0.04, 1.0, 6.0, 300.0])


@pytest.mark.parametrize(
    ("activation", "variances", "expected"),
    [
        # E[phi phi] and E[phi' phi'] of ELU by nested adaptive quadrature with 18 digits
        (Elu(), (1.0, 1.0, 0.5), (0.324783648956762436, 0.617184210078258471)),
        (Elu(), (2.0, 0.5, -0.7), (-0.3634368181773503, 0.534563790797029951)),
    ],
)
def test_expectations_equal_numbers_of_18_digits(activation, variances, expected):
    found = activation.expectations(*map(torch.tensor, variances))
    assert_close(torch.stack(found), torch.tensor(expected), rtol=1e-14, atol=0)


@pytest.mark.parametrize("variance", [0.04, 1.0, 9.0, 300.0])
def test_equal_clipped_variables_have_the_moments_of_one(variance):
    """E[phi^2] = s^2 (1 - 2 Q(h) - 2 h p(h)) + 2 Q(h) with h = 1 / s, and E[phi'^2] = 1 - 2 Q(h)."""
    h = 1 / sqrt(variance)
    inside = erf(h / sqrt(2))
    square = variance * (inside - 2 * h * exp(-h * h / 2) / sqrt(2 * pi)) + 1 - inside
    v = torch.tensor(variance)
    assert_close(torch.stack(Clipped().expectations(v, v, v)), torch.tensor([square, inside]), rtol=1e-13, atol=0)
    assert_close(Clipped().expectations(v, v, -v)[0], torch.tensor(-square), rtol=1e-13, atol=0)


@pytest.mark.parametrize("activation", PIECES, ids=str)
@pytest.mark.parametrize("correlation", [-0.99, -0.4, 0.6, 0.9999])
def test_slopes_are_the_derivative_of_covariances(activation, correlation):
    """d E[phi(u) phi(v)] / d cross = E[phi'(u) phi'(v)] (Price), integrated over the arc sine of the correlation."""
    points, weights = (torch.from_numpy(part) for part in np.polynomial.legendre.leggauss(60))
    first, second, reach = torch.tensor(1.7), torch.tensor(0.6), asin(correlation)
    lengths, angles = (first * second).sqrt(), (points + 1) / 2 * reach
    value, _ = activation.expectations(first, second, correlation * lengths)
    independent, _ = activation.expectations(first, second, 0 * lengths)
    _, slopes = activation.expectations(first, second, lengths * angles.sin())
    rise = (weights * slopes * angles.cos()).sum() * lengths * reach / 2
    assert_close(value - independent, rise, rtol=0, atol=1e-14)


@pytest.mark.parametrize("activation", PIECES, ids=str)
def test_independent_variables_have_products_of_means(activation):
    points, weights = (torch.from_numpy(part) for part in np.polynomial.legendre.leggauss(400))
    function = _function(activation)
    z, w = 12 * torch.cat([(points - 1) / 2, (points + 1) / 2]), 6 * torch.cat([weights, weights])
    density = w * (-z.square() / 2).exp() / sqrt(2 * pi)
    means = [(density * function(s * z)).sum() for s in (0.5, 1.5)]
    found, _ = activation.expectations(torch.tensor(0.25), torch.tensor(2.25), torch.tensor(0.0))
    assert_close(found, means[0] * means[1], rtol=0, atol=1e-14)


def _function(activation):
    if isinstance(activation, Clipped):
        return lambda u: u.clamp(-activation.bound, activation.bound)
    return lambda u: activation.scale * torch.where(u > 0, u, activation.alpha * torch.expm1(u))


@pytest.mark.parametrize("activation", PIECES, ids=str)
def test_covariances_of_all_sizes_are_finite_symmetric_and_positive(activation):
    x = torch.randn(12, 3)
    for scale in VARIANCES.sqrt():
        for kernel in mlp_kernel(scale * x, hidden=2, activation=activation, weight_var=1.5, bias_var=0.1):
            values = torch.linalg.eigvalsh(kernel)
            assert_close(kernel, kernel.T)
            assert values[0] > -1e-12 * values[-1]


def test_a_narrow_clipped_unit_is_a_sign_and_a_wide_one_the_identity():
    first, second, cross = torch.tensor(1.0), torch.tensor(2.0), torch.tensor(0.9)
    narrow, _ = Clipped(1e-4).expectations(first, second, cross)
    assert_close(narrow / 1e-8, ACTIVATIONS["sign"].expectations(first, second, cross)[0], rtol=1e-3, atol=0)
    assert_close(Clipped(100.0).expectations(first, second, cross), (cross, torch.tensor(1.0)))


@pytest.mark.parametrize("name", ["elu", "selu", "hardtanh"])
def test_wide_networks_have_these_kernels_on_average(name):
    x = torch.randn(3, 4)
    found = finite_kernels(lambda p, x: network(p, x, getattr(functional, name)), shapes(256, 1), x, 60)
    expected = mlp_kernel(x, hidden=2, activation=name, weight_var=1.5, bias_var=0.3)
    assert (standard_errors(found, torch.stack(expected)) < 4).all()


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (nn.ReLU, "relu"),
        (nn.ReLU(), "relu"),
        (torch.relu, "relu"),
        (functional.relu, "relu"),
        (nn.LeakyReLU(0.01), "leaky_relu"),
        (nn.ELU, "elu"),
        (functional.selu, "selu"),
        (nn.SELU(), "selu"),
        (nn.Hardtanh(), "hardtanh"),
        (nn.GELU, "gelu"),
        (nn.Identity(), "identity"),
    ],
)
def test_modules_classes_and_functions_stand_for_closed_forms(given, name):
    assert activation_of(given) == ACTIVATIONS[name]


def test_settings_of_modules_count():
    assert activation_of(nn.ELU(0.5)) == Elu(0.5)
    assert activation_of(nn.Hardtanh(-3.0, 3.0)) == Clipped(3.0)


@pytest.mark.parametrize("given", [nn.Tanh, nn.Tanh(), torch.tanh])
def test_smooth_modules_are_integrated(given):
    x = torch.randn(3, 4)
    found, expected = (mlp_kernel(x, hidden=1, activation=a, weight_var=1.0, bias_var=0.1) for a in (given, "tanh"))
    assert_close(found, expected)


def test_a_subclass_with_another_forward_pass_has_not_the_closed_form_of_its_parent():
    class Wave(nn.ELU):
        def forward(self, given):
            return given.sin()

    expected = mlp_kernel(torch.eye(2), hidden=1, activation="sin", weight_var=1.0, bias_var=0.1)
    assert_close(mlp_kernel(torch.eye(2), hidden=1, activation=Wave(), weight_var=1.0, bias_var=0.1), expected)
    assert activation_of(type("Mine", (nn.ReLU,), {})()) != ACTIVATIONS["relu"]


def test_a_kernel_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="overflows or is not defined"):
        mlp_kernel(
            2.2 * torch.tensor([[1.0, 1.0], [1.0, -1.0]]), hidden=2, activation="exp", weight_var=2.0, bias_var=0.1
        )


def test_what_is_no_activation_is_refused():
    with pytest.raises(TypeError, match="Linear needs arguments"):
        activation_of(nn.Linear)
    with pytest.raises(TypeError, match="class dict is no activation"):
        activation_of(dict)
    with pytest.raises(ValueError, match="closed form such as 'relu', 'elu', 'hardtanh'"):
        mlp_kernel(torch.ones(2, 2), hidden=1, activation=nn.ReLU6, weight_var=1.0, bias_var=0.0)
    with pytest.raises(ValueError, match="above 0"):
        Clipped(0.0)
    with pytest.raises(ValueError, match="finite"):
        Elu(float("nan"))
