"""In the notebook of a person who has called `torch.set_default_device`: meta stands for a GPU, and meets no CPU."""

from collections.abc import Callable

import pytest
import torch
from torch.testing import assert_close

from spectra.eigen import diagonal, frobenius_norm, lanczos, spectral_density, top_eigenpairs, trace
from spectra.objectives import Objective, flatten, squared_error
from spectra.operators import SymmetricOperator, asymmetry, batch_sharpness, hessian, restricted
from tests.networks import mlp

VALUES = torch.cat([torch.arange(30.0), torch.tensor([100.0, 400.0])])

MEASURES: dict[str, Callable[[SymmetricOperator], object]] = {
    "eigenpairs": lambda operator: top_eigenpairs(operator, 2, which="both", start=torch.ones_like(VALUES)).values,
    "invariant space": lambda operator: lanczos(operator, VALUES * (VALUES > 99), 4).diagonal,
    "density": lambda operator: spectral_density(operator).curve().values,
    "evenly": lambda operator: spectral_density(operator).curve(width=1.0).values,
    "quantiles": lambda operator: spectral_density(operator).quantiles(VALUES / 500).values,
    "trace": lambda operator: trace(operator, max_matvecs=20).value,
    "norm": lambda operator: frobenius_norm(operator, tolerance=1e-9, max_matvecs=20).value,
    "diagonal": lambda operator: diagonal(operator, max_matvecs=20).values,
    "asymmetry": asymmetry,
}


@pytest.mark.parametrize("name", MEASURES)
def test_measures_do_not_depend_on_the_default_device(name):
    # Not diagonal, so that the estimates are random.
    operator = SymmetricOperator(32, lambda block: VALUES[:, None] * block + block.sum(0), VALUES.dtype, VALUES.device)
    expected = MEASURES[name](operator)
    with torch.device("meta"):
        found = MEASURES[name](operator)
    assert_close(found, expected, rtol=0, atol=0)


def test_networks_are_measured_under_another_default_device():
    weights, network = flatten(mlp())
    objective = Objective(network, squared_error, [(torch.randn(6, 4), torch.randn(6, 3)) for _ in range(2)])
    with torch.device("meta"):
        block = restricted(hessian(objective, weights), network, "*bias").dense()
        samples = batch_sharpness(objective, weights).samples
    assert block.shape == (15, 15)
    assert block.isfinite().all()
    assert samples.isfinite().all()
