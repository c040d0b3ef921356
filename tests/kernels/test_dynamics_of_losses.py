"""Gradient flow under any loss, by integration."""

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels.dynamics import gradient_flow
from spectra.kernels.dynamics_of_losses import cross_entropy_slope, loss_flow
from spectra.kernels.least_squares import least_squares


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


def test_stiff_flows_are_followed_to_their_end():
    """Modes from 1 to 1e6 until the time 10: an explicit rule would need millions of steps."""
    values, targets = torch.logspace(0, 6, 20), torch.randn(20, 1)
    path = loss_flow(torch.diag(values), lambda f: f - targets, torch.zeros(20, 1), times=[10.0])
    assert_close(path.train[0], targets * (1 - torch.exp(-10 * values[:, None])), rtol=1e-6, atol=1e-6)
    assert path.evaluations < 10_000


def test_labels_that_contradict_each_other_end_at_their_shares():
    """Every example twice, under two labels: the outputs go to even odds for these, and to none for the third."""
    features = torch.randn(4, 6)
    kernel = (features @ features.T).repeat(2, 2)
    labels = torch.tensor([0, 1, 2, 0, 1, 2, 0, 1])
    end = loss_flow(kernel, cross_entropy_slope(labels), torch.zeros(8, 3), times=[1e4]).train[0].softmax(1)
    shares = torch.nn.functional.one_hot(labels, 3).double().reshape(2, 4, 3).mean(0)
    assert_close(end, shares.repeat(2, 1), rtol=0, atol=1e-3)


def test_the_time_zero_is_the_start():
    start = torch.randn(5, 2)
    path = loss_flow(torch.eye(5), lambda f: f, start, times=[0.0], cross=torch.ones(3, 5))
    assert torch.equal(path.train[0], start)
    assert path.test.shape == (1, 3, 2)


@pytest.mark.parametrize(
    ("slope", "error", "words"),
    [
        (lambda f: f - 1, RuntimeError, "50 slopes brought the flow to the time .*max_evaluations"),
        (lambda f: f.log(), FloatingPointError, "not finite at the time 0"),
        (lambda f: f.sum(), ValueError, r"shape \(\); \(5, 2\), that of the outputs, is needed"),
    ],
)
def test_a_flow_that_cannot_be_followed_is_given_up_with_its_numbers(slope, error, words):
    kernel = torch.diag(torch.logspace(0, 6, 5))
    with pytest.raises(error, match=words):
        loss_flow(kernel, slope, torch.zeros(5, 2), times=[1e3], max_evaluations=50)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"times": [2.0, 1.0]}, "grow"),
        ({"times": []}, "grow"),
        ({"times": [float("inf")]}, "finite"),
        ({"start": torch.zeros(5)}, "5"),
        ({"start": torch.zeros(4, 2)}, "4, 2"),
        ({"kernel": -torch.eye(5)}, "eigenvalue -1"),
        ({"cross_start": torch.zeros(3, 2)}, "cross_start has the shape"),
        ({"cross": torch.ones(3, 5), "cross_start": torch.zeros(3, 1)}, "6 numbers in all"),
        ({"cross": torch.ones(3, 5), "cross_start": torch.full((3, 2), torch.nan)}, "6 of the 6 numbers"),
        ({"start": torch.full((5, 2), torch.inf)}, "10 of the 10 numbers of the start"),
        ({"tolerance": 0.0}, "tolerance of 0.0"),
        ({"tolerance": -1.0}, "tolerance of -1.0"),
        ({"tolerance": 1e-16}, "from 1e-13"),
        ({"slope": lambda f: f[:, 0]}, r"\(5,\); \(5, 2\), that of the outputs"),
        ({"slope": lambda f: f[:1]}, r"\(1, 2\); \(5, 2\), that of the outputs"),
        ({"slope": cross_entropy_slope(torch.tensor([1]))}, "1 labels, and outputs of shape .5, 2."),
        ({"max_evaluations": 0}, "max_evaluations is 0"),
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
    with pytest.raises(ValueError, match="4 labels, and outputs"):
        cross_entropy_slope(torch.arange(4))(torch.zeros(2, 4))
    for odd in (torch.zeros(2), torch.zeros(2, dtype=torch.bool)):
        with pytest.raises(ValueError, match=f"labels are {odd.dtype}"):
            cross_entropy_slope(odd)


def test_times_and_slopes_of_another_type_are_refused():
    with pytest.raises(TypeError, match=r"times are 1\.0; pass a sequence"):
        loss_flow(torch.eye(5), lambda f: f, torch.zeros(5, 2), times=1.0)
    with pytest.raises(TypeError, match="the slope of the loss: a float"):
        loss_flow(torch.eye(5), lambda f: 1.0, torch.zeros(5, 2), times=[1.0])


def test_the_slope_of_labels_is_that_of_the_loss_of_torch():
    outputs, labels = torch.randn(4, 3), torch.tensor([0, 2, 1, 1])
    expected = torch.func.grad(lambda f: torch.nn.functional.cross_entropy(f, labels))(outputs)
    assert_close(cross_entropy_slope(labels.to(torch.uint8))(outputs), expected)
