import pytest
import torch
from torch.testing import assert_close

from spectra.data import PowerLawTeacher


def test_teacher_meets_the_source_and_the_capacity_condition():
    spec = PowerLawTeacher(capacity=1.5, source=0.8, dimension=1000)
    indices = torch.arange(1, 1001)
    carried = spec.eigenvalues * spec.teacher.square()
    assert_close(spec.eigenvalues, indices**-1.5)
    assert_close(carried / carried[0], indices ** -(1 + 1.5 * 0.8))
    assert float(carried.sum()) == pytest.approx(1)


def test_examples_have_the_covariance_and_the_targets_of_the_teacher():
    spec = PowerLawTeacher(dimension=6, noise=0.3, train_examples=40000)
    dataset = spec.load()
    white = dataset.inputs / spec.eigenvalues.sqrt()
    # The entries of a sample covariance of N white examples deviate by 1 / sqrt(N), on the diagonal by sqrt(2 / N).
    assert (white.T @ white / 40000 - torch.eye(6)).abs().max() < 4.5 * (2 / 40000) ** 0.5
    noise = dataset.targets[:, 0] - dataset.inputs @ spec.teacher
    assert float(noise.square().mean()) == pytest.approx(0.09, rel=4.5 * (2 / 40000) ** 0.5)
    assert spec.loss_floor == pytest.approx(0.09)


@pytest.mark.parametrize("seed", range(3))
def test_population_loss_is_the_mean_loss_on_new_examples(seed):
    spec = PowerLawTeacher(dimension=30, noise=0.5, test_examples=20000, data_seed=seed)
    dataset, weights = spec.load(), torch.randn(30)
    losses = dataset.criterion.losses(dataset.test_inputs @ weights[:, None], dataset.test_targets)
    standard_error = losses.std() / len(losses) ** 0.5
    assert (losses.mean() - spec.population_loss(weights)).abs() < 4 * standard_error


def test_without_noise_the_teacher_has_no_loss():
    spec = PowerLawTeacher(dimension=30)
    dataset = spec.load()
    assert float(spec.population_loss(spec.teacher)) == spec.loss_floor == 0
    assert_close(dataset.inputs @ spec.teacher[:, None], dataset.targets)


def test_flow_weights_follow_the_gradient_of_the_population_loss():
    spec, times = PowerLawTeacher(dimension=8), torch.tensor(0.7, requires_grad=True)
    velocity = torch.autograd.functional.jacobian(spec.flow_weights, times.detach())
    weights = spec.flow_weights(times.detach()).requires_grad_()
    assert_close(velocity, -torch.autograd.grad(spec.population_loss(weights), weights)[0])
    assert not spec.flow_weights(torch.tensor(0.0)).any()


@pytest.mark.parametrize(("capacity", "source"), [(2.0, 1.0), (1.5, 1.5), (3.0, 0.5), (1.2, 1.1)])
def test_the_loss_of_gradient_flow_falls_with_the_source_exponent(capacity, source):
    spec = PowerLawTeacher(capacity=capacity, source=source, dimension=100_000, noise=0.1)
    times = torch.tensor([250.0, 1000.0])
    excess = spec.population_loss(spec.flow_weights(times)) - spec.loss_floor
    # The largest error: what the finite dimension cuts off, and the difference between a sum and an integral.
    error = 2 * (4 * 1000 / 1e5**capacity) ** source + 1e-5
    assert_close(excess, spec.asymptotic_loss(times) - spec.loss_floor, rtol=error, atol=0)
    slope = -(excess[1] / excess[0]).log() / (times[1] / times[0]).log()
    assert float(slope) == pytest.approx(spec.loss_exponent, abs=error)


def test_gradient_descent_on_many_examples_keeps_to_the_exponent():
    spec = PowerLawTeacher(capacity=1.5, source=1.0, dimension=400, train_examples=8000)
    dataset, weights, rate, losses = spec.load(), torch.zeros(400, 1), 0.1, {}
    gram = dataset.inputs.T @ dataset.inputs / 8000
    product = dataset.inputs.T @ dataset.targets / 8000
    for step in range(1, 401):
        weights = weights - 2 * rate * (gram @ weights - product)
        losses[step] = float(spec.population_loss(weights[:, 0]))
    law = spec.asymptotic_loss(torch.tensor([100 * rate, 400 * rate]))
    measured = torch.tensor([losses[100], losses[400]])
    # Of a sample covariance with 400 directions and 8,000 examples the exponent is right to a few percent.
    assert_close(measured, law, rtol=0.15, atol=0)
    assert float((measured[0] / measured[1]).log() / torch.log(torch.tensor(4.0))) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("wrong", [{"capacity": 0.0}, {"source": -1.0}, {"noise": -0.1}, {"dimension": 0}])
def test_settings_out_of_range_are_refused_by_name(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        PowerLawTeacher(**wrong)
