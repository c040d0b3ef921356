"""Zonal targets are sums of functions of single degrees."""

import numpy as np
import pytest
import torch
from scipy.special import eval_gegenbauer
from torch.testing import assert_close

from spectra.asymptotics import PolynomialKernel, multiplicities, zonal_eigenvalues
from spectra.data import Zonal
from spectra.data.zonal import legendre, multiplicity


@pytest.mark.parametrize("dimension", [3, 4, 10])
@pytest.mark.parametrize("degree", [0, 1, 2, 7])
def test_harmonic_parts_have_the_mean_square_one_and_gegenbauer_ones_are_those_polynomials(dimension, degree):
    spec = Zonal(dimension, (degree,), form="harmonic")
    points = spec.load().inputs
    axis = spec._axes()[0]
    cosines = points @ axis
    index = (dimension - 2) / 2
    expected = torch.from_numpy(eval_gegenbauer(degree, index, cosines.numpy()))
    found = spec.parts(points)[:, 0]
    assert_close(found / found.norm(), expected / expected.norm(), rtol=1e-9, atol=1e-12)
    other = Zonal(dimension, (degree,), form="gegenbauer").parts(points)[:, 0]
    assert_close(other, torch.from_numpy(eval_gegenbauer(degree, index + 0.5, cosines.numpy())), rtol=1e-9, atol=1e-9)
    if dimension <= 4:
        assert float(found.square().mean()) == pytest.approx(1, abs=2e-3 if dimension == 3 else 2e-2)


def test_the_target_is_the_sum_of_its_parts():
    spec = Zonal(10, (1, 4), amplitude=0.3, train_examples=20, test_examples=5)
    data = spec.load()
    assert_close(data.targets[:, 0], 0.3 * spec.parts(data.inputs).sum(1))
    assert_close(data.test_targets[:, 0], 0.3 * spec.parts(data.test_inputs).sum(1))
    assert_close(data.inputs.norm(dim=1), torch.ones(20))


def test_harmonic_parts_are_eigenfunctions_of_kernels_of_the_inner_product():
    spec, kernel = Zonal(3, (1, 2, 5), train_examples=3000), PolynomialKernel(3)
    points = spec.load().inputs
    cosines = (points[:50] @ points.T).clamp(-1, 1)
    applied = torch.from_numpy(kernel(cosines.numpy())) @ spec.parts(points) / len(points)
    values = torch.from_numpy(zonal_eigenvalues(kernel, 3, 6).values[[1, 2, 5]])
    assert_close(applied, values * spec.parts(points[:50]), rtol=0, atol=2e-3)


@pytest.mark.parametrize("dimension", [2, 3, 4, 10])
def test_multiplicities_are_those_of_harmonics(dimension):
    found = [multiplicity(dimension, degree) for degree in range(8)]
    np.testing.assert_allclose(found, multiplicities(dimension, 8))


def test_on_the_circle_they_are_cosines():
    angles = torch.linspace(0, 3, 9)
    for degree in (0, 1, 5):
        assert_close(legendre(2, degree, angles.cos()), (degree * angles).cos(), rtol=1e-12, atol=1e-12)


def test_axes_do_not_depend_on_the_points_and_seeds_change_all():
    assert torch.equal(Zonal(train_examples=10)._axes(), Zonal(train_examples=20)._axes())
    one, other = (Zonal(10, data_seed=seed, train_examples=8, test_examples=8).load() for seed in (0, 1))
    assert not torch.isclose(one.inputs, other.inputs).any()
    assert not torch.isclose(one.test_targets, other.test_targets).any()


def test_other_degrees_are_refused():
    with pytest.raises(ValueError, match=r"the degrees \(3, 1\) do not rise"):
        Zonal(degrees=(3, 1))
    with pytest.raises(ValueError, match="at least 1 item"):
        Zonal(degrees=())
