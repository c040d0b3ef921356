import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.operators import (
    Objective,
    criterion,
    cross_entropy,
    empirical_fisher,
    flatten,
    gauss_newton,
    hessian,
    residual,
    squared_error,
)
from tests.references import dense_gauss_newton, dense_hessian


def mlp(outputs: int = 3) -> nn.Module:
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 6), nn.GELU(), nn.Linear(6, outputs))


def classification(examples: int = 10) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(examples, 4), torch.randint(3, (examples,))


def regression(examples: int = 10) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(examples, 4), torch.randn(examples, 3)


CASES = [(cross_entropy, classification), (squared_error, regression)]


@pytest.mark.parametrize(("loss", "data"), CASES)
def test_products_agree_with_the_nested_jacobian(loss, data):
    weights, network = flatten(mlp())
    objective = Objective(network, loss, [data()])
    assert_close(hessian(objective, weights).dense(), dense_hessian(objective, weights), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("loss", "data"), CASES)
def test_gauss_newton_agrees_with_dense_jacobians(loss, data):
    weights, network = flatten(mlp())
    objective = Objective(network, loss, [data(7), data(3)])
    measured = gauss_newton(objective, weights).dense()
    assert_close(measured, dense_gauss_newton(objective, weights), rtol=0, atol=1e-12)
    assert torch.linalg.eigvalsh(measured).min() > -1e-12


@pytest.mark.parametrize(("loss", "data"), CASES)
def test_the_empirical_fisher_is_the_second_moment_of_single_gradients(loss, data):
    weights, network = flatten(mlp())
    inputs, targets = data(9)
    gradients = []
    for example in range(9):
        one = Objective(network, loss, [(inputs[example : example + 1], targets[example : example + 1])])
        gradients.append(torch.autograd.functional.jacobian(one, weights))
    expected = torch.stack(gradients).T @ torch.stack(gradients) / 9
    parts = [(inputs[:4], targets[:4]), (inputs[4:], targets[4:])]
    measured = empirical_fisher(Objective(network, loss, parts), weights).dense()
    assert_close(measured, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("loss", "data"), CASES)
def test_gauss_newton_and_residual_add_up_to_the_hessian(loss, data):
    weights, network = flatten(mlp())
    objective = Objective(network, loss, [data()])
    whole = (gauss_newton(objective, weights) + residual(objective, weights)).dense()
    assert_close(whole, dense_hessian(objective, weights), rtol=0, atol=1e-12)


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


def test_examples_weigh_alike_however_the_batches_are_cut():
    inputs, targets = classification(11)
    weights, network = flatten(mlp())
    whole = Objective(network, cross_entropy, [(inputs, targets)])
    parts = Objective(network, cross_entropy, [(inputs[:2], targets[:2]), (inputs[2:], targets[2:])])
    assert_close(parts(weights), whole(weights))
    assert_close(hessian(parts, weights).dense(), hessian(whole, weights).dense())
    assert_close(gauss_newton(parts, weights).dense(), gauss_newton(whole, weights).dense())


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


def test_modules_that_return_no_tensor_are_refused():
    weights, network = flatten(nn.LSTM(4, 3))
    with pytest.raises(TypeError, match="returned a tuple"):
        Objective(network, cross_entropy, [classification()])(weights)


def test_products_stay_those_of_the_weights_at_which_the_operator_was_made():
    module = mlp()
    weights, network = flatten(module)
    operator = hessian(Objective(network, cross_entropy, [classification()]), weights)
    before = operator.dense()
    with torch.no_grad():
        weights.mul_(3)
        for parameter in module.parameters():
            parameter.mul_(2)
    assert_close(operator.dense(), before, rtol=0, atol=0)


def test_a_users_criterion_gets_its_curvature_by_differentiation():
    ours = criterion("own", cross_entropy.losses)
    weights, network = flatten(mlp())
    data = [classification()]
    expected = gauss_newton(Objective(network, cross_entropy, data), weights).dense()
    assert_close(gauss_newton(Objective(network, ours, data), weights).dense(), expected)


def test_a_loss_linear_in_the_weights_has_no_curvature():
    plain = criterion("mean", lambda outputs, targets: outputs.mean(1))
    weights, network = flatten(nn.Linear(4, 3))
    assert_close(hessian(Objective(network, plain, [regression()]), weights).dense(), torch.zeros(15, 15))


def test_precision_of_single_precision_products():
    module = mlp().float()
    inputs, targets = classification()
    weights, network = flatten(module)
    measured = hessian(Objective(network, cross_entropy, [(inputs.float(), targets)]), weights).dense()
    weights, network = flatten(module.double())
    expected = hessian(Objective(network, cross_entropy, [(inputs.float().double(), targets)]), weights).dense()
    assert_close(measured.double(), expected, rtol=0, atol=1e-5 * float(expected.abs().max()))


@pytest.mark.parametrize(
    ("batches", "message"),
    [
        ([], "at least one batch"),
        ([(torch.zeros(0, 4), torch.zeros(0).long())], "none may be empty"),
        ([(torch.zeros(3, 4), torch.zeros(2).long())], "as many targets"),
    ],
)
def test_batches_that_cannot_be_averaged_are_refused(batches, message):
    _, network = flatten(mlp())
    with pytest.raises(ValueError, match=message):
        Objective(network, cross_entropy, batches)


def test_targets_that_would_broadcast_are_refused():
    weights, network = flatten(nn.Linear(4, 1))
    with pytest.raises(ValueError, match="equal shapes"):
        Objective(network, squared_error, [(torch.zeros(3, 4), torch.zeros(3))])(weights)


def test_targets_of_a_wrong_kind_are_refused():
    weights, network = flatten(mlp())
    with pytest.raises(ValueError, match="class indices"):
        Objective(network, cross_entropy, [(torch.zeros(3, 4), torch.zeros(3))])(weights)


def test_a_criterion_that_returns_one_number_is_refused():
    weights, network = flatten(mlp())
    total = criterion("total", lambda outputs, targets: outputs.sum())
    with pytest.raises(ValueError, match="one loss for each example"):
        Objective(network, total, [classification()])(weights)
