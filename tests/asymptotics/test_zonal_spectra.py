"""Eigenvalues by quadrature are those of the closed forms, and those of polynomial networks have theirs."""

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.asymptotics import PolynomialKernel, ShallowKernel, multiplicities, sphere_eigenvalues, zonal_eigenvalues
from spectra.asymptotics.zonal_spectra import legendre_polynomials
from tests.asymptotics.sphere_quadrature import exact_coefficient

DIMENSIONS = (2, 3, 5, 10, 40)


@pytest.mark.parametrize("bias", ["none", "zero", "normal"])
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_they_are_those_of_the_closed_forms(dimension, bias):
    kernel = ShallowKernel(dimension, bias=bias)
    found = zonal_eigenvalues(kernel, dimension, 30)
    assert found.converged
    assert_allclose(found.values, sphere_eigenvalues(kernel, 30), rtol=0, atol=2e-14)
    assert (np.abs(found.values - sphere_eigenvalues(kernel, 30)) <= found.errors).all()


def test_relu_without_biases_has_no_odd_degrees_from_three_on():
    found = zonal_eigenvalues(ShallowKernel(3), 3, 40)
    assert (np.abs(found.values[3::2]) < found.errors[3::2]).all()
    assert (found.values[:20:2] > 1e3 * found.errors[:20:2]).all()


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("degree", [1, 9])
def test_those_of_polynomial_networks_are_those_of_thirty_digits(degree, skip):
    kernel = PolynomialKernel(degree, skip=skip)
    found = zonal_eigenvalues(kernel, 4, 12)
    with mpmath.workdps(30):
        exact = [float(exact_coefficient(kernel, 4, k)) for k in (0, 1, 8)]
    assert_allclose(found.values[[0, 1, 8]], exact, rtol=0, atol=1e-14 * kernel.trace())


@pytest.mark.parametrize("degree", [2, 3, 6])
def test_products_with_skips_learn_odd_degrees_and_more_slowly_decaying_ones(degree):
    lower, higher = (zonal_eigenvalues(PolynomialKernel(n), 3, 13).values for n in (degree, degree + 3))
    assert (lower[3::2] > 0).all()
    assert (higher[4:] / higher[1] > lower[4:] / lower[1]).all()


@pytest.mark.parametrize("dimension", DIMENSIONS[:3])
def test_all_eigenvalues_add_up_to_the_kernel_at_one(dimension):
    kernel = PolynomialKernel(2)
    count = 1500
    found = zonal_eigenvalues(kernel, dimension, count)
    total = (found.values * multiplicities(dimension, count)).sum()
    # What is left of the degrees beyond falls as 1 / count.
    assert total == pytest.approx(kernel.trace(), rel=5e-3)
    assert total < kernel.trace()


def test_a_polynomial_has_as_many_eigenvalues_as_its_degree():
    found = zonal_eigenvalues(lambda u: u**3, 3, 6)
    assert_allclose(found.values, [0, 1 / 5, 0, 2 / 35, 0, 0], atol=1e-15)


def test_legendre_polynomials_are_orthogonal_and_one_at_one():
    at, weights = np.polynomial.legendre.leggauss(40)
    for dimension in (3, 5):
        rows = np.stack([*legendre_polynomials(dimension, 8, at)])
        gram = (rows * weights * (1 - at**2) ** ((dimension - 3) / 2)) @ rows.T
        assert_allclose(gram - np.diag(gram.diagonal()), 0, atol=1e-13)
        assert_allclose([*legendre_polynomials(dimension, 8, np.ones(1))], 1)
    assert_allclose([*legendre_polynomials(2, 6, np.cos(at))][5], np.cos(5 * at), atol=1e-13)


def test_a_jump_is_told_not_to_converge():
    found = zonal_eigenvalues(lambda u: (u > 0.3).astype(float), 3, 2)
    assert not found.converged
    assert_allclose(found.values, [0.35, 0.2275], atol=2e-4)
    assert found.errors.max() > 1e-6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.cos, 1, 3), "dimension is 1"),
        ((np.cos, 3, 0), "count is 0"),
        ((np.cos, 3, 4001), "count is 4001; it is at most 4000"),
        ((lambda u: u[:1], 3, 2), "the kernel gave 1 finite numbers of shape \\(1,\\)"),
        ((lambda u: u / 0, 3, 2), "the kernel gave 0 finite numbers"),
    ],
)
def test_impossible_requests_are_refused(arguments, message):
    with np.errstate(divide="ignore"), pytest.raises(ValueError, match=message):
        zonal_eigenvalues(*arguments)


def test_what_is_no_kernel_is_refused():
    with pytest.raises(TypeError, match="kernel is 3; pass a function of cosines"):
        zonal_eigenvalues(3, 3, 3)
    with pytest.raises(ValueError, match="degree is 0; it is at least 1"):
        PolynomialKernel(0)
    with pytest.raises(TypeError, match="skip is 1; pass True or False"):
        PolynomialKernel(2, skip=1)
    with pytest.raises(ValueError, match="cosines must lie in"):
        PolynomialKernel(2)(1.5)
