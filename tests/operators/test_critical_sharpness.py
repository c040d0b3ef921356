from math import inf

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.models import ResidualMLP
from spectra.objectives import Objective, criterion, cross_entropy, flatten, squared_error
from spectra.objectives.mean_loss import gradient
from spectra.operators import hessian
from spectra.operators.critical_sharpness import critical_sharpness
from spectra.operators.directional_sharpness import directional_sharpness
from spectra.scaling import Role, Size, parameter_groups, parameterize, regime, shift


def least_squares():
    """A quadratic: the mean loss of a linear network."""
    weights, network = flatten(nn.Linear(6, 1))
    batches = [(torch.randn(n, 6), torch.randn(n, 1)) for n in (7, 4)]
    objective = Objective(network, squared_error, batches)
    return objective, weights, gradient(objective, weights), hessian(objective, weights)


def on_a_line(loss):
    """An objective whose mean loss at (w,) is loss(w)."""
    module = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(module.weight)
    weights, network = flatten(module)
    one = criterion("one", lambda outputs, targets: loss(outputs[:, 0]))
    return Objective(network, one, [(torch.ones(1, 1), torch.ones(1, 1))]), weights


@pytest.mark.parametrize("start", [1.0, 1e-4, 300.0])
def test_along_the_gradient_of_a_quadratic_it_is_the_directional_sharpness(start):
    objective, weights, slope, curvature = least_squares()
    found = critical_sharpness(objective, weights, -slope, start=start, tolerance=1e-10, max_forwards=100)
    assert found.converged
    assert found.value == pytest.approx(directional_sharpness(curvature, slope), rel=1e-9)


def test_along_any_descent_it_is_curvature_over_slope():
    objective, weights, slope, curvature = least_squares()
    update = torch.randn(7)
    update *= -(update @ slope).sign()
    expected = float(update @ (curvature @ update) / -(update @ slope))
    found = critical_sharpness(objective, weights, update, tolerance=1e-9, max_forwards=100)
    assert found.value == pytest.approx(expected, rel=1e-8)


def test_with_the_rate_inside_two_parts_the_steps_that_raise_the_loss_from_those_that_lower_it():
    objective, weights, slope, curvature = least_squares()
    for factor in (0.9, 1.1):
        step = -2 * factor / directional_sharpness(curvature, slope) * slope
        found = critical_sharpness(objective, weights, step, tolerance=1e-3)
        assert found.value == pytest.approx(2 * factor, rel=1e-3)
        assert (float(objective(weights + step)) > float(objective(weights))) is (found.value > 2)


@pytest.mark.parametrize("tolerance", [0.3, 1 / 16, 1e-4])
def test_the_bracket_holds_the_truth_and_is_as_narrow_as_was_asked_for(tolerance):
    objective, weights, slope, curvature = least_squares()
    found = critical_sharpness(objective, weights, -slope, tolerance=tolerance)
    below, above = found.bracket
    assert below < 2 / directional_sharpness(curvature, slope) <= above
    assert above - below <= tolerance * above
    assert found.multiple == (below + above) / 2
    assert found.value == 2 / found.multiple


def test_forward_passes_are_counted_and_few_from_a_good_start():
    calls = []

    def parabola(outputs):
        calls.append(1)
        return (outputs - 1).square()

    objective, weights = on_a_line(parabola)
    update = torch.ones(1)
    first = critical_sharpness(objective, weights, update)
    assert first.forwards == len(calls)
    again = critical_sharpness(objective, weights, update, start=first.multiple)
    assert again.forwards <= 7
    assert again.value == pytest.approx(1.0, rel=1 / 32)


def test_no_gradient_is_needed_and_none_is_left():
    objective, weights, slope, _ = least_squares()
    with torch.no_grad():
        assert critical_sharpness(objective, weights, -slope).converged
    assert all(tensor.grad is None for tensor in objective.network.module.parameters())


def test_a_loss_that_never_rises_has_critical_sharpness_zero():
    objective, weights = on_a_line(lambda outputs: (-outputs).exp())
    found = critical_sharpness(objective, weights, torch.ones(1))
    assert (found.value, found.multiple, found.bracket[1], found.converged) == (0.0, inf, inf, False)
    assert found.forwards == 30


def test_an_update_that_is_no_descent_has_critical_sharpness_infinity():
    objective, weights, slope, _ = least_squares()
    found = critical_sharpness(objective, weights, slope)
    assert (found.value, found.multiple, found.converged) == (inf, 0.0, False)


@pytest.mark.parametrize("start", [1e-300, 1.0])
def test_a_change_that_is_lost_in_rounding_does_not_count_as_descent(start):
    objective, weights = on_a_line(lambda outputs: 1 + outputs.square())
    assert not critical_sharpness(objective, weights, torch.ones(1), start=start, max_forwards=2000).converged


@pytest.mark.parametrize("beyond", [float("nan"), inf])
def test_an_undefined_loss_has_risen(beyond):
    objective, weights = on_a_line(lambda outputs: torch.where(outputs < 3, -outputs, beyond))
    found = critical_sharpness(objective, weights, torch.ones(1), tolerance=1e-6, max_forwards=60)
    assert found.converged
    assert found.multiple == pytest.approx(3, rel=1e-6)


def test_batches_may_be_cut_in_any_way():
    objective, weights, slope, _ = least_squares()
    whole = tuple(torch.cat(parts) for parts in zip(*objective.batches, strict=True))
    other = Objective(objective.network, squared_error, [whole])
    assert_close(critical_sharpness(objective, weights, -slope).value, critical_sharpness(other, weights, -slope).value)


def test_along_the_update_it_does_not_change_when_the_training_is_rewritten():
    plain = regime("mup", base=Size(8, 1), richness=1.0)
    found = [
        after_one_step(written).value
        for written in (plain, shift(plain, {Role.HIDDEN: 3.0}), shift(plain, {Role.INPUT: 0.4}))
    ]
    assert found == pytest.approx([found[0]] * 3, rel=1e-9)


def after_one_step(written):
    model = ResidualMLP(16, depth=1).build(4, 3)
    parameterize(model, written, Size(16, 1), torch.Generator().manual_seed(0))
    optimizer = torch.optim.SGD(parameter_groups(model, written, Size(16, 1), rate=0.1, decay=0.0))
    batch = torch.randn(10, 4, generator=torch.Generator().manual_seed(1)), torch.arange(10) % 3
    weights, network = flatten(model)
    cross_entropy.losses(model(batch[0]), batch[1]).mean().backward()
    optimizer.step()
    update = flatten(model)[0] - weights
    return critical_sharpness(Objective(network, cross_entropy, [batch]), weights, update, tolerance=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"update": torch.zeros(7)}, "has no direction"),
        ({"update": torch.full((7,), float("nan"))}, "has no direction"),
        ({"update": torch.ones(3)}, r"shape \(3,\) was given for weights of shape \(7,\)"),
        ({"update": torch.ones(7, dtype=torch.float32)}, "a torch.float32 update on cpu was given"),
        ({"weights": torch.full((7,), float("nan"))}, "the loss at the weights is nan"),
        ({"start": 0.0}, "positive start"),
        ({"start": inf}, "finite"),
        ({"tolerance": 1.0}, "tolerance between 0 and 1"),
        ({"max_forwards": 2}, "3 passes or more"),
    ],
)
def test_bad_requests_are_refused(changes, message):
    objective, weights, slope, _ = least_squares()
    with pytest.raises(ValueError, match=message):
        critical_sharpness(**({"objective": objective, "weights": weights, "update": -slope} | changes))


def test_it_works_on_a_network_in_single_precision():
    module = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3)).float()
    weights, network = flatten(module)
    objective = Objective(network, cross_entropy, [(torch.randn(20, 5, dtype=torch.float32), torch.arange(20) % 3)])
    found = critical_sharpness(objective, weights, -gradient(objective, weights))
    assert found.converged
    assert 0 < found.value < inf
