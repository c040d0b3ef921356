"""The residual part of the Hessian where it rules: a two-layer linear network at muP initialisation.

With f(x) = x E V / (gamma sqrt(N D)), g the gradient of the loss in w = E V / (gamma sqrt(N)) and r = gamma^2 / N, the
Hessian times gamma^2 is G + R, and R has the eigenvalues +-sqrt(r) |g|, N of each.
"""

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from spectra.eigen import top_eigenpairs
from spectra.objectives import Objective, flatten, squared_error
from spectra.operators import SymmetricOperator, hessian, residual

D, N, RICHNESS = 4, 12, 20.0


class TwoLayers(nn.Module):
    def __init__(self, gamma: float, readout: Tensor) -> None:
        super().__init__()
        self.gamma = gamma
        self.first, self.readout = nn.Parameter(torch.randn(D, N)), nn.Parameter(readout)

    def forward(self, inputs: Tensor) -> Tensor:
        return (inputs @ self.first @ self.readout / (self.gamma * (N * D) ** 0.5))[:, None]


def initialised(readout: Tensor) -> tuple[Objective, Tensor, float, float]:
    """Objective and weights at muP initialisation, gamma^2, and sqrt(r) |g|."""
    gamma = RICHNESS * N**0.5
    weights, network = flatten(TwoLayers(gamma, readout))
    inputs, targets = torch.randn(20, D), torch.randn(20, 1)
    objective = Objective(network, squared_error, [(inputs, targets)])
    slope = 2 / 20 * inputs.T @ (network(weights, inputs) - targets)[:, 0] / D**0.5
    return objective, weights, gamma**2, float(slope.norm()) * gamma / N**0.5


@pytest.mark.parametrize("readout", [torch.zeros(N), torch.linspace(-1, 1, N)])
def test_the_residual_part_has_a_symmetric_spectrum(readout):
    objective, weights, scale, length = initialised(readout)
    measured = torch.linalg.eigvalsh((scale * residual(objective, weights)).dense())
    expected = torch.cat([torch.full((N,), -length), torch.zeros(D * N - N), torch.full((N,), length)])
    assert_close(measured, expected, rtol=0, atol=1e-12 * length)


@pytest.mark.parametrize("readout", [torch.zeros(N), torch.linspace(-1, 1, N)])
def test_the_smallest_eigenvalue_of_the_hessian_is_that_of_the_residual_part(readout):
    objective, weights, scale, length = initialised(readout)
    measured = torch.linalg.eigvalsh((scale * hessian(objective, weights)).dense())
    assert_close(measured[0], torch.tensor(-length), rtol=1e-12, atol=0)
    assert int((measured + length < 1e-12 * length).sum()) >= N - D - 1


def test_with_zero_readout_the_largest_eigenvalue_is_known():
    """The readout's Gauss-Newton block E'ME/N couples to R: (mu + sqrt(mu^2 + 4 r |g|^2)) / 2."""
    objective, weights, scale, length = initialised(torch.zeros(N))
    ((inputs, _),) = objective.batches
    features = inputs @ weights[: D * N].view(D, N) / (N * D) ** 0.5
    mu = 2 / 20 * torch.linalg.matrix_norm(features, 2) ** 2
    largest = (mu + (mu**2 + 4 * length**2).sqrt()) / 2
    pairs = top_eigenpairs(scale * hessian(objective, weights), tolerance=1e-6)
    assert_close(pairs.values[0].to(largest), largest, rtol=1e-6, atol=0)


@pytest.mark.parametrize("seed", range(5))
def test_lanczos_finds_the_largest_where_power_iteration_goes_wrong(seed):
    torch.manual_seed(seed)
    objective, weights, scale, _ = initialised(torch.randn(N))
    operator = scale * hessian(objective, weights)
    truth = float(torch.linalg.eigvalsh(operator.dense())[-1])
    pairs = top_eigenpairs(operator)
    assert pairs.converged
    assert pairs.matvecs <= 20
    assert abs(float(pairs.values[0]) / truth - 1) < 1e-3
    assert abs(power_iteration(operator, pairs.matvecs) / truth - 1) > 0.05


def power_iteration(operator: SymmetricOperator, products: int) -> float:
    """The Rayleigh quotient after some products, the last of which makes it."""
    vector = torch.randn(operator.dim)
    for _ in range(products):
        vector = vector / vector.norm()
        product = operator @ vector
        quotient, vector = float(vector @ product), product
    return quotient
