"""Every operator against dense matrices from nested Jacobians, on networks of the kinds that people train."""

from __future__ import annotations

import copy
from functools import cache

import pytest
import torch
from torch import Tensor

from spectra.objectives import Objective, cross_entropy, flatten, squared_error
from spectra.operators import (
    empirical_fisher,
    gauss_newton,
    hessian,
    preconditioned,
    residual,
    restricted,
)
from spectra.operators.asymmetry import asymmetry
from spectra.operators.fisher import fisher
from tests.networks import Transformer, convolutional, mlp, tokens
from tests.references import (
    dense_empirical_fisher,
    dense_gauss_newton,
    dense_hessian,
    dense_softmax_fisher,
    in_precision,
    relative_error,
)

AGREEMENT = 1e-10
OPERATORS = {
    "hessian": hessian,
    "gauss_newton": gauss_newton,
    "residual": residual,
    "fisher": fisher,
    "empirical_fisher": empirical_fisher,
}
CASES = [
    ("mlp", "squared_error"),
    ("mlp", "classes"),
    ("mlp", "probabilities"),
    ("convolutional", "squared_error"),
    ("convolutional", "classes"),
    ("transformer", "squared_error"),
    ("transformer", "tokens"),
    ("transformer", "probabilities"),
]
RAGGED = (2, 1, 2)


def _inputs(kind: str, examples: int) -> Tensor:
    if kind == "transformer":
        return tokens(examples)[0]
    return torch.randn(examples, 4) if kind == "mlp" else torch.randn(examples, 2, 6, 6)


def _targets(loss: str, outputs: Tensor) -> Tensor:
    if loss == "squared_error":
        return torch.randn_like(outputs)
    if loss == "probabilities":
        return torch.randn_like(outputs).softmax(-1)
    return tokens(len(outputs))[1] if loss == "tokens" else torch.randint(3, outputs.shape[:1])


@cache
def objective_and_weights(kind: str, loss: str) -> tuple[Objective, Objective, Tensor]:
    """An objective in ragged batches, the same with attention written out, and weights."""
    torch.manual_seed(1)
    plain: torch.nn.Module = {"mlp": mlp, "convolutional": convolutional}.get(kind, lambda: Transformer(plain=True))()
    fused = copy.deepcopy(plain)
    for part in fused.modules():
        if hasattr(part, "plain"):
            part.plain = False
    weights, network = flatten(plain)
    inputs = [_inputs(kind, examples) for examples in RAGGED]
    batches = [(one, _targets(loss, network(weights, one))) for one in inputs]
    criterion = squared_error if loss == "squared_error" else cross_entropy
    return Objective(flatten(fused)[1], criterion, batches), Objective(network, criterion, batches), weights


@cache
def truths(kind: str, loss: str) -> dict[str, Tensor]:
    _, objective, weights = objective_and_weights(kind, loss)
    H, G = dense_hessian(objective, weights), dense_gauss_newton(objective, weights)
    # The model of squared error is a Gaussian of variance C/2, whose information is the Gauss-Newton matrix.
    F = G if loss == "squared_error" else dense_softmax_fisher(objective, weights)
    E = dense_empirical_fisher(objective, weights)
    return {"hessian": H, "gauss_newton": G, "residual": H - G, "fisher": F, "empirical_fisher": E}


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize(("kind", "loss"), CASES)
def test_products_are_those_of_the_dense_matrix(kind, loss, name):
    objective, _, weights = objective_and_weights(kind, loss)
    operator, block = OPERATORS[name](objective, weights), torch.randn(len(weights), 4)
    assert relative_error(operator @ block, truths(kind, loss)[name] @ block) < AGREEMENT
    assert (operator.method, operator.error) == ("exact", 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize(("kind", "loss"), CASES)
def test_every_entry_is_that_of_the_dense_matrix(kind, loss, name):
    objective, _, weights = objective_and_weights(kind, loss)
    assert relative_error(OPERATORS[name](objective, weights).dense(), truths(kind, loss)[name]) < AGREEMENT


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize(("kind", "loss"), CASES)
def test_operators_are_symmetric_and_a_block_is_its_columns(kind, loss, name):
    objective, _, weights = objective_and_weights(kind, loss)
    operator = OPERATORS[name](objective, weights)
    assert asymmetry(operator) < 1e-13
    block = torch.randn(len(weights), 3)
    assert torch.equal(operator @ block, torch.stack([operator @ column for column in block.T], 1))


@pytest.mark.parametrize(("kind", "loss"), CASES)
def test_what_an_optimizer_and_what_a_layer_sees(kind, loss):
    objective, _, weights = objective_and_weights(kind, loss)
    operator, expected = hessian(objective, weights), truths(kind, loss)["hessian"]
    rates, block = torch.rand(len(weights)), torch.randn(len(weights), 2)
    scaled = rates.outer(rates).sqrt() * expected
    assert relative_error(preconditioned(operator, rates) @ block, scaled @ block) < AGREEMENT
    name = next(iter(objective.network.shapes))
    size = objective.network.shapes[name].numel()
    part = restricted(operator, objective.network, name)
    assert relative_error(part @ block[:size], expected[:size, :size] @ block[:size]) < AGREEMENT


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize(("kind", "loss"), CASES)
def test_single_precision_is_double_precision_rounded(kind, loss, name):
    objective, _, weights = objective_and_weights(kind, loss)
    exact, rough = OPERATORS[name](objective, weights), OPERATORS[name](*in_precision(objective, torch.float32))
    direction = torch.randn(len(weights))
    assert rough.dtype == torch.float32
    assert asymmetry(rough) < 1e-5
    assert relative_error((rough @ direction.float()).double(), exact @ direction) < 2e-5
