"""Kernels of infinitely wide dense networks: tables, closed forms, and the finite networks they are the limit of."""

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels import infinite_blocks
from spectra.kernels.duals import Erf, Kinked
from spectra.kernels.infinite import mlp_kernel, residual_kernel
from tests.kernels.infinite_width import NUMBERS, finite_kernels, network, numbers, relative, shapes, standard_errors

POINTS = numbers(NUMBERS["X"])
NAMES = ("identity", "relu", "abs", "leaky_relu", "erf", "cos", "sin", "exp", "gelu", "tanh")


def dense(x, activation="relu", hidden=2, weight_var=1.5, bias_var=0.3, x2=None):
    return mlp_kernel(x, x2, hidden=hidden, activation=activation, weight_var=weight_var, bias_var=bias_var)


@pytest.mark.parametrize("case", NUMBERS["mlp"], ids=lambda case: f"{case['activation']}-{case['hidden_layers']}")
def test_both_kernels_equal_the_table(case):
    variances = float(case["W_var"]), float(case["b_var"])
    nngp, tangent = dense(POINTS, case["activation"], case["hidden_layers"], *variances)
    assert relative(nngp, numbers(case["nngp"])) < 1e-12
    assert relative(tangent, numbers(case["ntk"])) < 1e-12


@pytest.mark.parametrize("hidden", [0, 1, 5])
def test_linear_networks_have_the_gram_matrix_times_the_number_of_layers(hidden):
    nngp, tangent = dense(POINTS, "identity", hidden, 1.5, 0.0)
    expected = 1.5 ** (hidden + 1) * POINTS @ POINTS.T / 4
    assert_close(nngp, expected, rtol=1e-14, atol=0)
    assert_close(tangent, (hidden + 1) * expected, rtol=1e-14, atol=0)


@pytest.mark.parametrize("hidden", [1, 4, 30])
def test_relu_keeps_lengths_exactly_at_variance_two(hidden):
    nngp, tangent = dense(POINTS, "relu", hidden, 2.0, 0.0)
    lengths = 2 * POINTS.square().sum(1) / 4
    assert torch.equal(nngp.diagonal(), lengths)
    assert_close(tangent.diagonal(), (hidden + 1) * lengths, rtol=1e-15, atol=0)


def test_relu_without_biases_is_homogeneous():
    _, tangent = dense(POINTS, "relu", 3, 2.0, 0.0)
    _, longer = dense(7.3 * POINTS, "relu", 3, 2.0, 0.0, POINTS)
    assert_close(longer, 7.3 * tangent, rtol=0, atol=1e-6)  # the angle of collinear inputs keeps half the digits
    assert_close(longer.triu(1), 7.3 * tangent.triu(1), rtol=1e-13, atol=0)


def test_slopes_of_one_kink_are_the_sum_of_relus():
    """Those of a u + (b - a) relu(u), with E[u relu(v)] = E[u v] / 2."""
    first, second, cross = torch.tensor(2.0), torch.tensor(0.7), torch.tensor(-0.4)
    value, slope = Kinked(0.3, 1.7).expectations(first, second, cross)
    relu, step = Kinked().expectations(first, second, cross)
    assert_close(value, 1.4**2 * relu + 0.3 * 1.4 * cross + 0.3**2 * cross)
    assert_close(slope, 1.4**2 * step + 0.3 * 1.4 + 0.3**2)


def test_erf_of_any_scale_is_erf_of_scaled_weights():
    assert_close(dense(POINTS, Erf(3.0), 1, 1.0, 0.2)[0], dense(POINTS, "erf", 1, 9.0, 1.8)[0] / 9 - 0.2 + 0.2)


@pytest.mark.parametrize("name", NAMES)
def test_equal_inputs_are_treated_exactly(name):
    x, hidden = torch.randn(5, 301), {"exp": 1, "tanh": 6}.get(name, 20)
    own = dense(x, name, hidden, 0.9, 0.1)
    for whole, part in zip(own, dense(x, name, hidden, 0.9, 0.1, x[[3, 1]].clone()), strict=True):
        assert_close(part, whole[:, [3, 1]], rtol=1e-13, atol=1e-14)
        assert_close(whole, whole.T, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_kernels_are_positive_semidefinite(name):
    for kernel in dense(torch.randn(30, 3), name, 1):
        values = torch.linalg.eigvalsh(kernel)
        assert values[0] > -1e-12 * values[-1]


@pytest.mark.parametrize("angle", [1e-3, 1e-5, 1e-6])
def test_close_inputs_lose_no_more_than_the_rounding_of_their_covariance(angle):
    """One bias-free ReLU layer at variance 2 on a circle: Theta = 2 cos t - (2 t cos t - sin t) / pi, over d = 2."""
    t = torch.tensor(angle)
    pair = torch.stack([torch.tensor([1.0, 0.0]), torch.stack([t.cos(), t.sin()])])
    expected = (t.sin() + 2 * (torch.pi - t) * t.cos()) / torch.pi
    assert_close(dense(pair, "relu", 1, 2.0, 0.0)[1][0, 1], expected, rtol=1e-16 / angle, atol=0)


def test_the_sign_has_a_covariance_and_an_infinite_tangent_kernel_on_the_diagonal():
    nngp, tangent = dense(POINTS, "sign", 1, 1.0, 0.0)
    cosines = torch.nn.functional.normalize(POINTS) @ torch.nn.functional.normalize(POINTS).T
    assert_close(nngp, 2 / torch.pi * torch.asin(cosines.clamp(-1, 1)), rtol=1e-7, atol=0)
    assert tangent.diagonal().isinf().all()
    assert tangent[0, 1].isfinite()


@pytest.mark.parametrize("name", ["relu", "gelu", "tanh"])
def test_wide_networks_have_these_kernels_on_average(name):
    function = {"relu": torch.relu, "tanh": torch.tanh, "gelu": torch.nn.functional.gelu}[name]
    found = finite_kernels(lambda p, x: network(p, x, function), shapes(256, 1), POINTS, 60)
    assert (standard_errors(found, torch.stack(dense(POINTS, name))) < 4).all()


def test_wide_residual_networks_have_these_kernels_on_average():
    found = finite_kernels(lambda p, x: network(p, x, torch.relu, 3, 3**-0.5), shapes(256, 3), POINTS, 60)
    expected = residual_kernel(POINTS, depth=3, activation="relu", weight_var=1.5, bias_var=0.3)
    assert (standard_errors(found, torch.stack(expected)) < 4).all()


def test_a_single_network_comes_closer_as_the_root_of_the_width():
    expected = dense(POINTS, "erf", 2)[1]
    errors = [
        (finite_kernels(network, shapes(width, 1), POINTS, 20)[:, 1] - expected).norm(dim=(1, 2)).square().mean().sqrt()
        for width in (32, 128, 512)
    ]
    slope = float((errors[2] / errors[0]).log()) / torch.tensor(16.0).log().item()
    assert -0.65 < slope < -0.35


def test_deep_residual_networks_have_a_limit():
    def last(depth):
        return residual_kernel(POINTS, depth=depth, activation="relu", weight_var=1.0, bias_var=0.1)[1]

    assert (last(400) - last(200)).norm() < 0.6 * (last(200) - last(100)).norm()
    assert (last(400) - last(200)).norm() < 0.01 * last(400).norm()


def test_a_residual_network_without_branches_is_shallow():
    for kernel, shallow in zip(
        residual_kernel(POINTS, depth=4, activation="erf", weight_var=1.5, bias_var=0.3, branch=0.0),
        dense(POINTS, "erf", 1),
        strict=True,
    ):
        assert_close(kernel, shallow)


def test_blocks_do_not_change_the_kernels(monkeypatch):
    x, others = torch.randn(7, 3), torch.randn(5, 3)
    whole = (*dense(x), *dense(x, x2=others))
    monkeypatch.setattr(infinite_blocks, "BLOCK", 9)
    apart = (*dense(x), *dense(x, x2=others))
    for kernel, expected in zip(apart, whole, strict=True):
        assert_close(kernel, expected, rtol=1e-14, atol=0)
    assert torch.equal(apart[1], apart[1].T)
    assert torch.equal(whole[1], whole[1].T)


def test_examples_are_flattened_and_kernels_are_double():
    pictures = torch.randn(3, 2, 5, 5, dtype=torch.float32)
    assert dense(pictures)[0].dtype == torch.float64
    assert_close(dense(pictures)[1], dense(pictures.flatten(1))[1])
    assert dense(torch.randn(4), x2=torch.randn(2))[1].shape == (4, 2)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"x": torch.zeros(0, 3)}, ValueError, "0, 3"),
        ({"x": torch.zeros(2, 3, dtype=torch.int64)}, TypeError, "int64"),
        ({"x": torch.full((2, 3), torch.nan)}, ValueError, "6 of the 6"),
        ({"x2": torch.zeros(2, 5)}, ValueError, "5"),
        ({"x2": torch.zeros(2, 4, dtype=torch.float32)}, ValueError, "float32"),
        ({"hidden": -1}, ValueError, "-1"),
        ({"weight_var": -1.0}, ValueError, "-1.0"),
        ({"bias_var": float("nan")}, ValueError, "nan"),
        ({"activation": "swoosh"}, ValueError, "swoosh"),
        ({"activation": 3}, TypeError, "3"),
        ({"activation": "exp", "hidden": 5}, ValueError, "overflows"),
    ],
)
def test_bad_input_is_refused_with_its_numbers(change, error, words):
    with pytest.raises(error, match=words):
        dense(**{"x": POINTS, **change})


@pytest.mark.parametrize(
    ("name", "function", "hidden"), [("cos", torch.cos, 3), ("sin", torch.sin, 3), ("exp", torch.exp, 1)]
)
def test_waves_and_exponentials_equal_the_quadrature(name, function, hidden):
    closed, integrated = (dense(POINTS / 2, phi, hidden, 0.5, 0.1) for phi in (name, function))
    assert_close(integrated, closed, rtol=1e-12, atol=1e-14)
