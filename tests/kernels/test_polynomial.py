"""Kernels of infinitely wide polynomial networks: a table, closed forms, and the networks they are the limit of."""

import json
import math
from pathlib import Path

import pytest
import torch
from torch.testing import assert_close

from spectra.asymptotics import PolynomialKernel
from spectra.kernels import infinite_blocks, mlp_kernel, polynomial_kernel
from tests.kernels.infinite_width import finite_kernels, numbers, relative, standard_errors

NUMBERS = json.loads(Path(__file__).with_name("polynomial_kernels.json").read_text())
POINTS = numbers(NUMBERS["X"])


def network(parameters, x, *, degree, skip):
    """sqrt(2 / n) c.y_N with standard normal weights."""
    product = (parameters["0"] @ x).relu()
    for place in range(1, degree):
        factor = (parameters[f"{place}"] @ x).relu()
        product = factor * product + product if skip else factor * product
    return (2 / len(product)) ** 0.5 * parameters["readout"] @ product


@pytest.mark.parametrize("case", NUMBERS["cases"], ids=lambda case: f"{case['degree']}-{case['skip']}")
def test_the_kernel_equals_the_table(case):
    _, tangent = polynomial_kernel(POINTS, degree=case["degree"], skip=case["skip"])
    assert relative(tangent, numbers(case["ntk"])) < 1e-12


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("degree", [1, 2, 3])
def test_wide_random_networks_have_these_kernels_in_the_mean(degree, skip):
    torch.manual_seed(degree)
    shapes = {**{f"{place}": (1000, 4) for place in range(degree)}, "readout": (1000,)}
    points = 0.5 * POINTS.abs()  # at obtuse angles few units see both of two points, and means are those of rare draws
    found = finite_kernels(
        lambda parameters, x: network(parameters, x, degree=degree, skip=skip), shapes, points, draws=100
    )
    expected = torch.stack(polynomial_kernel(points, degree=degree, skip=skip))
    assert float(standard_errors(found, expected).max()) < 4


@pytest.mark.parametrize("skip", [True, False])
def test_of_degree_one_they_are_those_of_a_hidden_layer_of_relu(skip):
    found = polynomial_kernel(POINTS, degree=1, skip=skip)
    # Each dense layer of the other divides by its number of inputs, and multiplies by the variance.
    inputs = 2 * POINTS / math.sqrt(2)
    expected = mlp_kernel(inputs, hidden=1, activation="relu", weight_var=2.0, bias_var=0.0)
    for one, other in zip(found, expected, strict=True):
        assert_close(one, other, rtol=1e-13, atol=0)


@pytest.mark.parametrize("degree", [1, 2, 5])
def test_without_skips_kernels_grow_with_the_degree_along_rays(degree):
    nngp, tangent = polynomial_kernel(POINTS, degree=degree, skip=False)
    longer = polynomial_kernel(3.0 * POINTS, degree=degree, skip=False)
    assert_close(longer[0], 9.0**degree * nngp, rtol=1e-12, atol=0)
    assert_close(longer[1], 9.0**degree * tangent, rtol=1e-12, atol=0)
    _, mixed = polynomial_kernel(3.0 * POINTS, POINTS, degree=degree, skip=False)
    assert_close(mixed.triu(1), 3.0**degree * tangent.triu(1), rtol=1e-12, atol=0)


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("degree", [1, 3, 9])
def test_on_the_sphere_they_are_the_function_of_the_cosine(degree, skip):
    cosines = torch.linspace(-1, 1, 41)
    circle = torch.stack([cosines, (1 - cosines.square()).sqrt()], 1)
    _, tangent = polynomial_kernel(torch.tensor([[1.0, 0.0]]), circle, degree=degree, skip=skip)
    expected = torch.from_numpy(PolynomialKernel(degree, skip=skip)(cosines.numpy()))
    assert_close(tangent[0], expected, rtol=1e-12, atol=1e-14)


def test_blocks_and_pictures_change_nothing(monkeypatch):
    pictures = torch.randn(7, 1, 2, 2)
    whole = polynomial_kernel(pictures, degree=3)
    monkeypatch.setattr(infinite_blocks, "BLOCK", 9)
    for one, other in zip(polynomial_kernel(pictures.flatten(1), degree=3), whole, strict=True):
        assert_close(one, other, rtol=1e-13, atol=1e-13)
    assert torch.equal(whole[1], whole[1].mT)


@pytest.mark.parametrize("degree", [0, -1, 2.0, True])
def test_other_degrees_are_refused(degree):
    with pytest.raises(ValueError, match=r"degree is .*; pass a whole number of at least 1"):
        polynomial_kernel(POINTS, degree=degree)


def test_a_kernel_beyond_all_numbers_is_refused():
    with pytest.raises(ValueError, match="the kernel overflows"):
        polynomial_kernel(1e30 * POINTS, degree=9)


def test_integers_are_refused():
    with pytest.raises(TypeError, match="pass a floating-point tensor"):
        polynomial_kernel(torch.zeros(2, 3, dtype=torch.int64), degree=2)
