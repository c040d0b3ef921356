from math import isnan

import pytest
import torch
from torch import nn

from spectra.objectives import Objective, cross_entropy, flatten, squared_error
from spectra.objectives.mean_loss import gradient
from spectra.objectives.objective_of import objective_of
from spectra.operators import hessian
from spectra.operators.batch_sharpness import batch_sharpness
from spectra.operators.directional_sharpness import directional_sharpness
from tests.networks import mlp
from tests.references import dense_hessian


def batches(*sizes: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    return [(torch.randn(size, 4), torch.randint(3, (size,))) for size in sizes]


def test_it_is_the_mean_over_batches_of_their_own_curvature_along_their_own_gradient():
    weights, network = flatten(mlp())
    draws = batches(6, 6, 3)
    expected = []
    for draw in draws:
        alone = Objective(network, cross_entropy, [draw])
        slope = gradient(alone, weights)
        expected.append(float(slope @ dense_hessian(alone, weights) @ slope / (slope @ slope)))
    found = batch_sharpness(Objective(network, cross_entropy, draws), weights)
    assert found.samples.tolist() == pytest.approx(expected, rel=1e-10)
    assert found.value == pytest.approx(sum(expected) / 3)
    assert found.products == 3
    assert found.standard_error == pytest.approx(float(torch.tensor(expected).std()) / 3**0.5)


def test_a_module_with_its_own_loss_has_the_same():
    module = mlp()
    draws = batches(6, 6, 3)
    weights, objective = objective_of(
        module, lambda m, b: (nn.functional.cross_entropy(m(b[0]), b[1], reduction="sum"), len(b[0])), draws
    )
    plain = batch_sharpness(Objective(objective.network, cross_entropy, draws), weights)
    assert batch_sharpness(objective, weights).samples.tolist() == pytest.approx(plain.samples.tolist())


def test_of_one_batch_it_is_the_directional_sharpness_and_has_no_error():
    weights, network = flatten(mlp())
    objective = Objective(network, cross_entropy, batches(8))
    found = batch_sharpness(objective, weights)
    slope = gradient(objective, weights)
    assert found.value == pytest.approx(directional_sharpness(hessian(objective, weights), slope))
    assert isnan(found.standard_error)


def test_the_standard_error_covers_the_expectation():
    # One weight and one example a batch: the curvature along the gradient is 2 x^2, whose mean is 2.
    weights, network = flatten(nn.Linear(1, 1, bias=False))
    covered = []
    for _ in range(80):
        draws = [(x, torch.ones(1, 1)) for x in torch.randn(40, 1, 1)]
        found = batch_sharpness(Objective(network, squared_error, draws), weights)
        covered.append(abs(found.value - 2) < 2 * found.standard_error)
    # Skewed samples: 95 percent in the limit, a little less with 40 draws; 0.85 is four deviations below.
    assert 0.85 < sum(covered) / len(covered) <= 1


def test_a_batch_without_a_gradient_is_refused():
    module = nn.Linear(1, 1, bias=False)
    nn.init.ones_(module.weight)
    weights, network = flatten(module)
    objective = Objective(network, squared_error, [(torch.ones(1, 1), torch.ones(1, 1))])
    with pytest.raises(ValueError, match="and no direction"):
        batch_sharpness(objective, weights)
