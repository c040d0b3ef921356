"""Cross-entropy refuses what is no classification, wherever targets are given."""

import pytest
import torch
from torch import nn

from spectra.kernels import (
    Predictive,
    accelerated_laplace,
    exact_laplace,
    gaussian_likelihood,
    tangent_features,
)
from spectra.objectives import Objective, criterion, cross_entropy, flatten, flatten_stack, squared_error
from spectra.objectives.probabilities import require_probabilities
from spectra.operators import hessian_stack

INPUTS = torch.randn(8, 4, generator=torch.Generator().manual_seed(1))
ANSWER = "pass class indices, or rows of probabilities; for regression name another criterion, such as squared_error"


def objective(module, targets):
    return Objective(flatten(module)[1], cross_entropy, [(INPUTS, targets)])


def accelerated(module, targets):
    features = tangent_features(module, INPUTS, torch.zeros(8, dtype=torch.long))
    return accelerated_laplace(features, [(INPUTS, targets)], prior_variance=1.0)


def exact(module, targets):
    return exact_laplace(module, INPUTS, targets, prior_variance=1.0)


def losses(module, targets):
    outputs = module(INPUTS).detach()
    return Predictive(outputs, torch.eye(outputs.shape[1]).expand(8, -1, -1)).losses(cross_entropy, targets)


def stacked(module, targets):
    weights, stack = flatten_stack([module])
    return hessian_stack(stack, cross_entropy, weights, INPUTS, targets)


@pytest.mark.parametrize("measure", [objective, accelerated, exact, losses, stacked])
def test_targets_of_a_regression_are_refused(measure):
    for outputs in (1, 3):
        with pytest.raises(ValueError, match=f"no probabilities: the smallest is -.*{ANSWER}"):
            measure(nn.Linear(4, outputs), torch.randn(8, outputs))
    measure(nn.Linear(4, 3), torch.randn(8, 3).softmax(1))


@pytest.mark.parametrize("odd", [[1.2, -0.2], [0.6, 0.6], [0.5, torch.nan]])
def test_rows_that_are_negative_do_not_sum_to_one_or_are_not_numbers_are_refused(odd):
    with pytest.raises(ValueError, match="no probabilities"):
        require_probabilities(cross_entropy, torch.tensor([[1.0, 0.0], odd]))


@pytest.mark.parametrize("kind", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_probabilities_that_are_rounded_are_accepted(kind):
    require_probabilities(cross_entropy, torch.randn(500, 7).softmax(1).to(kind))
    require_probabilities(cross_entropy, torch.randn(5, 4, 20_000, dtype=torch.float32).softmax(2).to(kind))


def test_smoothed_labels_of_a_large_vocabulary_are_accepted_in_half_precision():
    smoothed = torch.full((2, 50_257), 0.1 / 50_257)
    smoothed[:, 3] += 0.9
    require_probabilities(cross_entropy, smoothed.half())
    with pytest.raises(ValueError, match=r"rows sum to 1\.011 to 1\.011"):
        require_probabilities(cross_entropy, (1.01 * smoothed).half())


def test_other_criteria_take_any_numbers():
    for loss in (squared_error, gaussian_likelihood(1.0), criterion("cross_entropy", lambda f, y: (f - y).sum(1))):
        require_probabilities(loss, torch.randn(8, 3))


@pytest.mark.parametrize("targets", [torch.zeros(8, dtype=torch.long), torch.ones(8, 1)])
def test_a_single_output_is_refused(targets):
    module = nn.Linear(4, 1)
    with pytest.raises(ValueError, match=r"\(8, 1\), fewer than two classes.* two outputs, or make a criterion"):
        objective(module, targets)(flatten(module)[0])
    with pytest.raises(ValueError, match="fewer than two classes"):
        exact(module, targets)
