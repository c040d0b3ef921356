"""Quadrature of activations against closed forms and against another rule."""

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from spectra.kernels.duals import Erf, Gelu, Kinked
from spectra.kernels.infinite import mlp_kernel
from spectra.kernels.infinite_quadrature import Quadrature

VARIANCES = torch.tensor([0.0, 0.04, 1.0, 6.0])
CORRELATIONS = torch.tensor([-1.0, -0.7, 0.0, 0.4, 0.999, 1.0])[:, None, None]
FIRST, SECOND = VARIANCES[:, None], VARIANCES.flip(0)
CROSS = CORRELATIONS * (FIRST * SECOND).sqrt()


@pytest.mark.parametrize(("function", "closed"), [(torch.erf, Erf()), (functional.gelu, Gelu())])
def test_smooth_functions_equal_their_closed_forms(function, closed):
    expected = closed.expectations(FIRST, SECOND, CROSS)
    assert_close(Quadrature(function).expectations(FIRST, SECOND, CROSS), expected, rtol=0, atol=1e-13)


def test_polynomials_have_their_moments():
    """E[u^3 v^3] = 9 xx yy xy + 6 xy^3, and E[9 u^2 v^2] = 9 (xx yy + 2 xy^2)."""
    values, slopes = Quadrature(lambda u: u**3, degrees=8).expectations(FIRST, SECOND, CROSS)
    assert_close(values, 9 * FIRST * SECOND * CROSS + 6 * CROSS**3)
    assert_close(slopes, 9 * (FIRST * SECOND + 2 * CROSS**2))


@pytest.mark.parametrize("function", [functional.gelu, torch.tanh, functional.silu], ids=lambda f: f.__name__)
def test_smooth_functions_equal_a_tensor_rule_of_gauss_and_hermite(function):
    points, weights = (torch.from_numpy(part) for part in np.polynomial.hermite_e.hermegauss(150))
    first, second, correlation = torch.tensor(0.8), torch.tensor(0.5), torch.tensor(0.6)
    u = first.sqrt() * points[:, None]
    v = second.sqrt() * (correlation * points[:, None] + (1 - correlation**2).sqrt() * points)
    expected = weights @ (function(u) * function(v)) @ weights / (2 * torch.pi)
    found, _ = Quadrature(function).expectations(first, second, correlation * (first * second).sqrt())
    assert_close(found, expected, rtol=1e-8, atol=0)


@pytest.mark.parametrize(
    "activation", [Quadrature(functional.gelu), Gelu(), Kinked()], ids=["quadrature", "gelu", "relu"]
)
def test_functions_whose_odd_part_is_a_half_have_covariances_whose_odd_part_is_a_quarter(activation):
    """phi(u) - phi(-u) = u, so that E[phi(u) phi(v)] - E[phi(u) phi(-v)] = E[u v] / 2."""
    above, _ = activation.expectations(FIRST, SECOND, CROSS)
    below, _ = activation.expectations(FIRST, SECOND, -CROSS)
    assert_close(above - below, CROSS / 2, rtol=0, atol=1e-13)


def test_a_wide_gelu_is_a_relu():
    wide = 1e12 * FIRST, 1e12 * SECOND, 1e12 * CROSS
    (values, slopes), (expected, expected_slopes) = (phi.expectations(*wide) for phi in (Gelu(), Kinked()))
    assert_close(values / 1e12, expected / 1e12, rtol=0, atol=1e-9)
    moving = wide[0] * wide[1] > 0
    assert_close(slopes * moving, expected_slopes * moving, rtol=0, atol=1e-5)


@pytest.mark.parametrize("function", [torch.relu, torch.abs, functional.leaky_relu], ids=lambda f: f.__name__)
@pytest.mark.parametrize("degrees", [64, 4096])
def test_a_kink_is_noticed(function, degrees):
    with pytest.raises(ValueError, match="closed form such as 'relu'"):
        Quadrature(function, degrees).expectations(VARIANCES, VARIANCES, VARIANCES)


def test_too_steep_a_function_is_noticed_and_more_degrees_help():
    steep = torch.tensor(25.0)
    with pytest.raises(ValueError, match=r"too steep .* polynomials of 100 degrees"):
        Quadrature(torch.tanh, 100).expectations(steep, steep, steep)
    Quadrature(torch.tanh, 4096).expectations(steep, steep, steep)


def test_functions_of_other_shapes_and_degrees_out_of_range_are_refused():
    with pytest.raises(ValueError, match="every number alone"):
        mlp_kernel(torch.ones(2, 2), hidden=1, activation=lambda u: u.sum(-1), weight_var=1.0, bias_var=0.0)
    with pytest.raises(ValueError, match="has no derivative"):
        mlp_kernel(torch.ones(2, 2), hidden=1, activation=lambda u: u.detach().sin(), weight_var=1.0, bias_var=0.0)
    with pytest.raises(ValueError, match="5000"):
        Quadrature(torch.tanh, 5000)
    with pytest.raises(ValueError, match="nan"):
        Kinked(float("nan"))
    with pytest.raises(ValueError, match="0"):
        Erf(0.0)
