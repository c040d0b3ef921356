"""Hessian products from gradients alone: how wrong they are, and that they know it."""

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from spectra.objectives import Objective, criterion, cross_entropy, flatten, squared_error
from spectra.operators import hessian
from spectra.operators.asymmetry import asymmetry
from tests.networks import Transformer, convolutional, mlp, tokens
from tests.operators.test_differentiable import Apply, Once
from tests.references import in_precision, relative_error

# A third of the digits is lost twice, with room for the sharp directions of trained networks.
LARGEST_ERROR = {torch.float32: 0.02, torch.float64: 5e-8}
PRECISIONS = list(LARGEST_ERROR)


def images(examples: int) -> tuple[Tensor, Tensor]:
    return torch.randn(examples, 2, 6, 6), torch.randint(3, (examples,))


def vectors(examples: int) -> tuple[Tensor, Tensor]:
    return torch.randn(examples, 4), torch.randint(3, (examples,))


SMOOTH = {
    "tanh": (lambda: mlp(nn.Tanh), vectors),
    "GELU": (lambda: mlp(nn.GELU), vectors),
    "convolutional, tanh": (lambda: convolutional(nn.Tanh), images),
    "convolutional, GELU": (lambda: convolutional(nn.GELU), images),
    "transformer": (Transformer, tokens),
}
KINKED = {
    "ReLU": (lambda: mlp(nn.ReLU, width=16), vectors),
    "leaky ReLU": (lambda: mlp(nn.LeakyReLU, width=16), vectors),
    "convolutional, ReLU": (lambda: convolutional(nn.ReLU), images),
    "convolutional, max-pooling": (lambda: convolutional(nn.Tanh, pool=nn.MaxPool2d(2)), images),
    "transformer, ReLU": (lambda: Transformer(nn.ReLU, width=16), tokens),
}


def objective_of_kind(kind: str, dtype: torch.dtype, steps: int = 0) -> tuple[Objective, Tensor]:
    """Cross-entropy on 48 examples in two batches, at random weights or after some training."""
    build, data = (SMOOTH | KINKED)[kind]
    module, (inputs, targets) = build(), data(48)
    optimizer = torch.optim.Adam(module.parameters(), 1e-2)
    for _ in range(steps):
        optimizer.zero_grad()
        cross_entropy.losses(module(inputs), targets).mean().backward()
        optimizer.step()
    inputs = inputs.to(dtype) if inputs.is_floating_point() else inputs
    weights, network = flatten(module.to(dtype))
    return Objective(network, cross_entropy, [(inputs[:30], targets[:30]), (inputs[30:], targets[30:])]), weights


@pytest.mark.parametrize("steps", [0, 30])
@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("kind", SMOOTH)
def test_smooth_networks_are_measured_and_the_error_is_known(kind, dtype, steps):
    objective, weights = objective_of_kind(kind, dtype, steps)
    operator = hessian(objective, weights, method="finite_difference")
    exact, block = hessian(*in_precision(objective, torch.float64)), torch.randn(len(weights), 4).to(dtype)
    assert operator.method == "finite_difference"
    assert 0 < operator.error < LARGEST_ERROR[dtype]
    assert relative_error((operator @ block).double(), exact @ block.double()) < 3 * operator.error
    assert asymmetry(operator) < operator.error


@pytest.mark.parametrize("steps", [0, 30])
@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("kind", KINKED)
def test_networks_with_kinks_are_refused(kind, dtype, steps):
    objective, weights = objective_of_kind(kind, dtype, steps)
    with pytest.raises(ValueError, match=r"two lengths disagree by \d.*ReLU, max-pooling"):
        hessian(objective, weights, method="finite_difference")


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_leading_eigenvalues_are_more_precise_than_products(dtype):
    objective, weights = objective_of_kind("tanh", dtype)
    rough = hessian(objective, weights, method="finite_difference").dense().double()
    exact = hessian(*in_precision(objective, torch.float64)).dense()
    largest, measured = (float(torch.linalg.eigvalsh((matrix + matrix.T) / 2)[-1]) for matrix in (exact, rough))
    assert abs(measured / largest - 1) < {torch.float32: 1e-4, torch.float64: 1e-9}[dtype]


def test_a_quadratic_loss_has_no_truncation_error():
    inputs, targets = torch.randn(12, 5), torch.randn(12, 1)
    weights, network = flatten(nn.Linear(5, 1, bias=False))
    operator = hessian(Objective(network, squared_error, [(inputs, targets)]), weights, method="finite_difference")
    assert_close(operator.dense(), 2 / 12 * inputs.T @ inputs, rtol=1e-8, atol=1e-8)


def test_products_scale_with_the_vector_and_that_with_zero_is_zero():
    objective, weights = objective_of_kind("tanh", torch.float64)
    operator, direction = hessian(objective, weights, method="finite_difference"), torch.randn(len(weights))
    assert torch.equal(operator @ torch.zeros(len(weights)), torch.zeros(len(weights)))
    assert_close(operator @ (1e-30 * direction), 1e-30 * (operator @ direction), rtol=1e-7, atol=0)
    assert_close(operator @ (1e30 * direction), 1e30 * (operator @ direction), rtol=1e-7, atol=0)


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_weights_of_zero_have_a_hessian(dtype):
    inputs, targets = vectors(20)
    weights, network = flatten(nn.Linear(4, 3, bias=False).to(dtype))
    objective = Objective(network, cross_entropy, [(inputs.to(dtype), targets)])
    operator = hessian(objective, torch.zeros_like(weights), method="finite_difference")
    expected = torch.kron(torch.eye(3) / 3 - torch.ones(3, 3) / 9, inputs.T @ inputs / 20)
    assert relative_error(operator.dense().double(), expected) < LARGEST_ERROR[dtype]


def test_a_loss_that_is_linear_in_the_weights_has_a_hessian_of_zero():
    weights, network = flatten(nn.Linear(4, 3))
    plain = criterion("mean", lambda outputs, targets: outputs.mean(1))
    operator = hessian(Objective(network, plain, [vectors(6)]), weights, method="finite_difference")
    assert operator.error == 0
    assert_close(operator.dense(), torch.zeros(15, 15))


def test_later_changes_of_the_weights_do_not_reach_the_operator():
    objective, weights = objective_of_kind("tanh", torch.float64)
    operator, direction = hessian(objective, weights, method="finite_difference"), torch.randn(len(weights))
    before = operator @ direction
    with torch.no_grad():
        weights.mul_(3)
    assert torch.equal(operator @ direction, before)


def test_data_that_is_not_finite_is_found():
    weights, network = flatten(mlp())
    objective = Objective(network, cross_entropy, [(torch.full((3, 4), torch.nan), torch.zeros(3).long())])
    with pytest.raises(FloatingPointError, match="NaN or Inf"):
        hessian(objective, weights, method="finite_difference")


def objective_with_kernel(activation) -> tuple[Objective, Tensor]:
    weights, network = flatten(Apply(activation))
    return Objective(network, squared_error, [(torch.randn(200, 4), torch.randn(200, 4))]), weights


@pytest.mark.parametrize("kind", ["transformer", "ReLU"])
def test_auto_is_exact_where_that_is_possible(kind):
    objective, weights = objective_of_kind(kind, torch.float64)
    chosen = hessian(objective, weights, method="auto")
    assert (chosen.method, chosen.error) == ("exact", 0.0)
    assert torch.equal(chosen @ weights, hessian(objective, weights) @ weights)


@pytest.mark.parametrize(
    "without",
    [
        lambda layer, x: layer(Once.apply(layer(x))),  # refused when the graph is built
        lambda layer, x: torch.cdist(layer(x), x + 9, p=1.5)[:, :4],  # refused by the first product
    ],
)
def test_auto_falls_back_to_finite_differences_and_says_so(without):
    objective, weights = objective_with_kernel(without)
    chosen = hessian(objective, weights, method="auto")
    assert chosen.method == "finite_difference"
    assert 0 < chosen.error < LARGEST_ERROR[torch.float64]


def test_auto_refuses_kinks_where_there_is_no_second_derivative():
    objective, weights = objective_with_kernel(lambda layer, x: layer(Once.apply(layer(x)).relu()))
    with pytest.raises(ValueError, match="disagree"):
        hessian(objective, weights, method="auto")


def test_an_unknown_method_is_refused():
    objective, weights = objective_of_kind("tanh", torch.float64)
    with pytest.raises(ValueError, match="'exact', 'finite_difference' and 'auto'"):
        hessian(objective, weights, method="central")
