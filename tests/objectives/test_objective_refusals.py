"""Losses and batches of which there is no mean."""

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from spectra.objectives.criteria import cross_entropy, squared_error
from spectra.objectives.mean_loss import gradient
from spectra.objectives.network import flatten
from spectra.objectives.objective import Objective
from spectra.objectives.objective_of import objective_of
from spectra.operators.gauss_newton import gauss_newton
from spectra.operators.hessian import hessian


def squares(module: nn.Module, batch: Tensor) -> tuple[Tensor, int]:
    return module(batch).square().sum(), len(batch)


@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (lambda total: total, TypeError, "returned a Tensor; it must return a pair"),
        (lambda total: (total.item(), 3), TypeError, "a tuple of float, int"),
        (lambda total: (total, 3, 1), TypeError, "must return a pair"),
        (lambda total: (total.expand(2), 3), ValueError, r"shape \(2,\)"),
        (lambda total: (total.long(), 3), ValueError, "real scalar"),
        (lambda total: (total, 0), ValueError, "0 as the number"),
        (lambda total: (total, 2.5), ValueError, "whole number"),
        (lambda total: (total, float("nan")), ValueError, "whole number"),
        (lambda total: (total, torch.ones(2)), ValueError, "whole number"),
        (lambda total: (total, None), ValueError, "whole number"),
    ],
)
def test_losses_that_return_something_else_are_refused(returned, error, message):
    with pytest.raises(error, match=message):
        objective_of(nn.Linear(4, 3), lambda module, batch: returned(module(batch).sum()), [torch.ones(3, 4)])


def test_a_loss_without_batches_is_refused():
    with pytest.raises(ValueError, match="no batches"):
        objective_of(nn.Linear(4, 3), squares, [])


def test_a_number_of_examples_that_changes_is_refused():
    counts = iter([3, 4])
    weights, objective = objective_of(
        nn.Linear(4, 3), lambda module, batch: (module(batch).sum(), next(counts)), [torch.ones(4)]
    )
    with pytest.raises(ValueError, match="counted 4 examples in a batch where it had counted 3"):
        objective(weights)


@pytest.mark.parametrize("measure", [gradient, hessian])
def test_a_loss_that_ignores_the_module_it_is_given_is_refused(measure):
    module = nn.Linear(4, 3)
    weights, objective = objective_of(module, lambda _, batch: (batch.sum(), len(batch)), [torch.ones(3, 4)])
    with pytest.raises(ValueError, match="does not depend on the weights"):
        measure(objective, weights)


def test_a_loss_of_other_weights_is_refused():
    other = nn.Linear(4, 3)
    weights, objective = objective_of(
        nn.Linear(4, 3), lambda _, batch: (other(batch).sum(), len(batch)), [torch.ones(3, 4)]
    )
    with pytest.raises(ValueError, match="does not depend on the weights"):
        gradient(objective, weights)


class Checkpointed(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 3)

    def forward(self, inputs):
        return checkpoint(lambda hidden: self.layer(hidden).tanh(), inputs, use_reentrant=False)


def test_gradients_that_would_be_recomputed_with_other_weights_are_refused():
    weights, objective = objective_of(Checkpointed(), squares, [torch.ones(3, 4)])
    with pytest.raises(ValueError, match="checkpoint"):
        gradient(objective, weights + 1)


def test_a_loss_that_draws_noise_is_refused():
    def loss(module: nn.Module, batch: Tensor) -> tuple[Tensor, int]:
        return module(batch + torch.randn_like(batch)).sum(), len(batch)

    with pytest.raises(ValueError, match="keep it in the batch"):
        objective_of(nn.Linear(4, 3), loss, [torch.ones(3, 4)])


@pytest.mark.parametrize(
    ("batches", "error", "message"),
    [
        ([], ValueError, "at least one batch"),
        ([(torch.zeros(0, 4), torch.zeros(0).long())], ValueError, "none may be empty"),
        ([(torch.zeros(3, 4), torch.zeros(2).long())], ValueError, "3 inputs and 2 targets"),
        ([(torch.zeros(3, 4), torch.tensor(1))], ValueError, "none may be empty"),
        ([torch.zeros(3, 4)], TypeError, "a batch is a Tensor"),
        ((torch.zeros(3, 4), torch.zeros(3).long()), TypeError, r"for a single batch pass \[\(inputs, targets\)\]"),
        ([(torch.zeros(3, 4),)], TypeError, "a pair"),
        ([(torch.zeros(3, 4), [0, 1, 2])], TypeError, "targets"),
        ([{"inputs": torch.zeros(3, 4), "targets": torch.zeros(3)}], TypeError, "a batch is a dict"),
    ],
)
def test_batches_that_are_no_pairs_of_equal_length_are_refused(batches, error, message):
    _, network = flatten(nn.Linear(4, 3))
    with pytest.raises(error, match=message):
        Objective(network, cross_entropy, batches)


@pytest.mark.parametrize("inputs", [torch.zeros(3, 4, device="meta"), {"first": torch.zeros(3, 4, device="meta")}])
def test_batches_on_another_device_are_refused(inputs):
    weights, network = flatten(nn.Linear(4, 3))
    objective = Objective(network, cross_entropy, [(inputs, torch.zeros(3).long())])
    with pytest.raises(ValueError, match="weights on cpu, inputs on meta, targets on cpu"):
        objective(weights)


@pytest.mark.parametrize("measure", [hessian, gauss_newton])
def test_outputs_and_targets_of_different_length_are_refused(measure):
    weights, network = flatten(nn.Sequential(nn.Linear(4, 3), nn.Flatten(0)))
    with pytest.raises(ValueError, match="equal shapes"):
        measure(Objective(network, squared_error, [(torch.zeros(3, 4), torch.zeros(3))]), weights) @ weights


def test_a_module_in_place_of_its_network_is_refused():
    with pytest.raises(TypeError, match="weights, network = flatten"):
        Objective(nn.Linear(3, 2), cross_entropy, [(torch.ones(4, 3), torch.zeros(4).long())])


def test_batches_of_another_kind_are_described():
    _, network = flatten(nn.Linear(3, 2))
    with pytest.raises(TypeError, match="a tuple of ndarray, ndarray"):
        Objective(network, cross_entropy, [(torch.ones(4, 3).numpy(), torch.zeros(4).numpy())])
