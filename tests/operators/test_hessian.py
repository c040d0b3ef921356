import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.objectives import Objective, criterion, cross_entropy, flatten, squared_error
from spectra.operators import empirical_fisher, gauss_newton, hessian, residual
from tests.networks import mlp

OPERATORS = [hessian, gauss_newton, residual, empirical_fisher]


def classification(examples: int = 10) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(examples, 4), torch.randint(3, (examples,))


def regression(examples: int = 10) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(examples, 4), torch.randn(examples, 3)


def test_a_deep_linear_network_with_one_moving_layer_has_no_residual():
    module = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 3))
    module[0].requires_grad_(False)
    weights, network = flatten(module)
    rest = residual(Objective(network, squared_error, [regression()]), weights).dense()
    assert_close(rest, torch.zeros(18, 18), rtol=0, atol=1e-12)


def test_curvature_of_least_squares_is_the_gram_matrix():
    inputs, targets = torch.randn(12, 5), torch.randn(12, 1)
    weights, network = flatten(nn.Linear(5, 1, bias=False))
    objective = Objective(network, squared_error, [(inputs, targets)])
    for operator in (hessian(objective, weights), gauss_newton(objective, weights)):
        assert_close(operator.dense(), 2 / 12 * inputs.T @ inputs)


def test_curvature_of_logistic_regression_is_the_weighted_gram_matrix():
    inputs, targets = torch.randn(9, 4), torch.randint(2, (9,))
    weights, network = flatten(nn.Linear(4, 2, bias=False))
    odds = network(weights, inputs).softmax(1)
    expected = torch.einsum("n,ni,nj->ij", odds[:, 0] * odds[:, 1], inputs, inputs) / 9
    measured = hessian(Objective(network, cross_entropy, [(inputs, targets)]), weights).dense()
    assert_close(measured[:4, :4], expected)
    assert_close(measured[:4, 4:], -expected)


def test_curvature_of_multinomial_regression_is_the_kronecker_sum():
    inputs, targets = torch.randn(9, 4), torch.randint(3, (9,))
    weights, network = flatten(nn.Linear(4, 3, bias=False))
    odds = network(weights, inputs).softmax(1)
    blocks = torch.diag_embed(odds) - torch.einsum("nc,nd->ncd", odds, odds)
    expected = torch.einsum("ncd,ni,nj->cidj", blocks, inputs, inputs).reshape(12, 12) / 9
    objective = Objective(network, cross_entropy, [(inputs, targets)])
    for operator in (hessian(objective, weights), gauss_newton(objective, weights)):
        assert_close(operator.dense(), expected)


def test_batches_are_read_once():
    weights, network = flatten(mlp())
    pairs = [classification(4), classification(3)]
    whole = Objective(network, cross_entropy, pairs)
    streamed = Objective(network, cross_entropy, (pair for pair in pairs))
    assert streamed.examples == 7
    for _ in range(2):
        assert_close(hessian(streamed, weights).dense(), hessian(whole, weights).dense(), rtol=0, atol=0)


def test_a_plain_function_is_no_criterion():
    _, network = flatten(mlp())
    with pytest.raises(TypeError, match=r"criterion\(name, function\)"):
        Objective(network, torch.nn.functional.cross_entropy, [classification()])


@pytest.mark.parametrize("operator", OPERATORS)
def test_modules_that_return_no_tensor_are_refused(operator):
    weights, network = flatten(nn.LSTM(4, 3))
    with pytest.raises(TypeError, match="returned a tuple"):
        operator(Objective(network, cross_entropy, [classification()]), weights)


@pytest.mark.parametrize("operator", OPERATORS)
def test_products_stay_those_of_the_weights_at_which_the_operator_was_made(operator):
    module = mlp()
    weights, network = flatten(module)
    made = operator(Objective(network, cross_entropy, [classification()]), weights)
    before = made.dense()
    with torch.no_grad():
        weights.mul_(3)
        for parameter in module.parameters():
            parameter.mul_(2)
    assert torch.equal(made.dense(), before)


def test_a_loss_linear_in_the_weights_has_no_curvature():
    plain = criterion("mean", lambda outputs, targets: outputs.mean(1))
    weights, network = flatten(nn.Linear(4, 3))
    assert_close(hessian(Objective(network, plain, [regression()]), weights).dense(), torch.zeros(15, 15))


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_criterion_that_returns_one_number_is_refused(operator):
    weights, network = flatten(mlp())
    total = criterion("total", lambda outputs, targets: outputs.sum())
    with pytest.raises(ValueError, match="one loss for each example"):
        operator(Objective(network, total, [classification()]), weights)
