"""Gradient flow under any loss, by integration."""

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels.dynamics import gradient_flow, least_squares
from spectra.kernels.dynamics_of_losses import cross_entropy_slope, loss_flow


def kernels(trained, tested, outputs=None):
    features, others = torch.randn(trained, 12), torch.randn(tested, 12)
    shared = features @ features.T, others @ features.T
    return shared if outputs is None else tuple(kernel[:, :, None, None] * torch.eye(outputs) for kernel in shared)


@pytest.mark.parametrize("full", [False, True])
def test_squared_error_has_its_closed_form(full):
    kernel, cross = kernels(5, 2, 3 if full else None)
    targets, start, later = torch.randn(5, 3), torch.randn(5, 3), torch.randn(2, 3)
    times = [0.0, 0.5, 4.0]
    path = loss_flow(kernel, lambda f: (f - targets) / 15, start, times=times, cross=cross, cross_start=later)
    linear = least_squares(kernel, targets, start=start, cross=cross, cross_start=later)
    for place, time in enumerate(times):
        expected = gradient_flow(linear, time)
        assert_close(path.train[place], expected.train, rtol=1e-7, atol=1e-7)
        assert_close(path.test[place], expected.test, rtol=1e-7, atol=1e-7)


def test_one_example_of_two_classes_has_a_margin_in_closed_form():
    """d' = 2 / (1 + e^d) for the margin d, so that d + e^d = 2 t + 1 from zero on."""
    path = loss_flow(
        torch.ones(1, 1), cross_entropy_slope(torch.tensor([1])), torch.zeros(1, 2), times=[0.1, 1.0, 30.0]
    )
    margin = path.train[:, 0, 1] - path.train[:, 0, 0]
    assert_close(margin + margin.exp(), 2 * path.times + 1, rtol=1e-8, atol=0)


def test_cross_entropy_is_followed_by_small_steps_of_a_linear_model():
    features, tested, labels = torch.randn(6, 4), torch.randn(3, 4), torch.tensor([0, 1, 2, 0, 1, 2])
    model = torch.nn.Linear(4, 3, bias=False)
    start, later = model(features).detach(), model(tested).detach()
    path = loss_flow(
        features @ features.T,
        cross_entropy_slope(labels),
        start,
        times=[2.0],
        cross=tested @ features.T,
        cross_start=later,
    )
    ends = []
    for steps in (200, 400):
        weight = model.weight.detach().clone()
        for _ in range(steps):
            slope = (features @ weight.T).softmax(1) - torch.nn.functional.one_hot(labels)
            weight -= 2.0 / steps * slope.T @ features / 6
        ends.append(tested @ weight.T)
    # Two step sizes, extrapolated to none: the error of Euler's rule is of first order.
    assert_close(path.test[0], 2 * ends[1] - ends[0], rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"times": [2.0, 1.0]}, "grow"),
        ({"times": []}, "grow"),
        ({"times": [float("inf")]}, "finite"),
        ({"start": torch.zeros(5)}, "5"),
        ({"start": torch.zeros(4, 2)}, "4, 2"),
        ({"kernel": -torch.eye(5)}, "eigenvalue -1"),
    ],
)
def test_bad_input_is_refused_with_its_numbers(change, words):
    with pytest.raises(ValueError, match=words):
        loss_flow(
            **{"kernel": torch.eye(5), "slope": lambda f: f, "start": torch.zeros(5, 2), "times": [1.0], **change}
        )


def test_labels_that_are_no_classes_are_refused():
    with pytest.raises(ValueError, match="from 0 to 3, and there are 2"):
        cross_entropy_slope(torch.tensor([0, 3]))(torch.zeros(2, 2))
    with pytest.raises(ValueError, match="float64"):
        cross_entropy_slope(torch.zeros(2))
