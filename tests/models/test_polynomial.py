"""The polynomial network is its formula, and in the limit it has the kernel of theory."""

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels import kernel_drift, polynomial_kernel
from spectra.models import Polynomial
from spectra.training.training_kernel import tangent_kernel
from tests.models.specs import ntk_rates, under_ntk

POINTS = torch.nn.functional.normalize(torch.randn(9, 3, generator=torch.Generator().manual_seed(0)), dim=1)


@pytest.mark.parametrize("skip", [True, False])
def test_it_is_its_formula(skip):
    module = under_ntk(Polynomial(6, 3, skip=skip), 3)
    one, two, three = ((POINTS @ layer.weight.T).relu() for layer in module.factors)
    product = (1 + three) * (1 + two) * one if skip else three * two * one
    assert_close(module(POINTS), 2**0.5 * product @ module.readout.weight.T)


@pytest.mark.parametrize("normalized", [True, False])
@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("degree", [1, 3])
def test_wide_networks_have_the_kernel_of_the_limit(degree, skip, normalized):
    spec = Polynomial(20_000, degree, skip, normalized)
    _, limit = polynomial_kernel(POINTS, degree=degree, skip=skip)
    networks = [under_ntk(spec, 3, seed=seed) for seed in range(3)]
    found = torch.stack([tangent_kernel(module, POINTS, ntk_rates(module)) for module in networks]).mean(0)
    assert kernel_drift(spec.gain**2 / 2 * limit, found) < 0.05


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("degree", [1, 2, 6, 9])
def test_a_normalized_one_has_the_same_kernel_on_the_diagonal_at_every_degree(degree, skip):
    spec = Polynomial(1, degree, skip, normalized=True)
    _, limit = polynomial_kernel(POINTS, degree=degree, skip=skip)
    assert_close(spec.gain**2 / 2 * limit.diagonal(), torch.full((9,), 2.0))


@pytest.mark.parametrize("degree", [1, 4])
def test_without_skips_outputs_grow_as_the_power_of_the_degree(degree):
    module = under_ntk(Polynomial(8, degree, skip=False), 3)
    assert_close(module(3 * POINTS), 3.0**degree * module(POINTS))


def test_no_factors_are_refused():
    with pytest.raises(ValueError, match="Input should be greater than 0"):
        Polynomial(8, degree=0)
