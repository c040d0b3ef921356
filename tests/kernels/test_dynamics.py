"""Closed forms of linearized training against tables, and against training step by step."""

from math import inf

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels.dynamics import gradient_descent, gradient_flow, maximal_rate
from spectra.kernels.least_squares import least_squares
from spectra.kernels.mode_factors import phi_1
from spectra.kernels.regression_matrices import relative_ridge
from tests.kernels.infinite_width import numbers, relative
from tests.kernels.trained_table import CROSS, KERNEL, NNGP, TABLE, TARGETS


def problem(**more):
    given = {"start": numbers(TABLE["f0_train"]), "cross": CROSS, "cross_start": numbers(TABLE["f0_test"])}
    return least_squares(KERNEL, TARGETS, **{**given, **more})


def test_the_kernels_equal_the_table():
    for name, kernel in (
        ("theta_dd", KERNEL),
        ("theta_td", CROSS),
        ("nngp_dd", NNGP[:5, :5]),
        ("nngp_tt", NNGP[5:, 5:]),
    ):
        assert relative(kernel, numbers(TABLE[name])) < 1e-12
    assert relative(problem().values, numbers(TABLE["theta_dd_eigenvalues"]).flip(0)) < 1e-12


@pytest.mark.parametrize("row", TABLE["times"], ids=lambda row: row["t"])
def test_flow_equals_the_table(row):
    time = float(row["t"])
    found = gradient_flow(problem(), time)
    assert relative(found.train, numbers(row["f_train"])) < 1e-12
    assert relative(found.test, numbers(row["f_test"])) < 1e-12


def test_both_conventions_of_a_ridge_equal_the_table():
    for name, ridge in (("absolute", 0.1), ("relative", relative_ridge(KERNEL, 0.1))):
        found = gradient_flow(problem(ridge=ridge), inf).test
        assert relative(found, numbers(TABLE[f"diag_reg_{name}_0.1_inf_f_test"])) < 1e-12


@pytest.mark.parametrize("row", TABLE["discrete_gd"]["steps"], ids=lambda row: str(row["k"]))
def test_descent_equals_the_table(row):
    found = gradient_descent(problem(), row["k"], 1.0)
    assert relative(found.train, numbers(row["f_train"])) < 1e-12
    assert relative(found.test, numbers(row["f_test"])) < 1e-12


def test_the_largest_rate_equals_the_table_and_larger_ones_are_refused():
    limit = maximal_rate(problem())
    assert limit == pytest.approx(float(TABLE["max_learning_rate"]), rel=1e-12)
    assert maximal_rate(problem(), momentum=0.9) == pytest.approx(1.9 * limit)
    gradient_descent(problem(), 5, 0.999 * limit)
    with pytest.raises(ValueError, match=r"1.5 times 1.85656"):
        gradient_descent(problem(), 5, 1.5 * limit)
    with pytest.raises(ValueError, match=r"is 1\.00000001 times"):
        gradient_descent(problem(), 5, (1 + 1e-8) * limit)


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9])
def test_the_largest_rate_is_where_the_steepest_mode_neither_grows_nor_shrinks(momentum):
    for factor, radius in ((0.99, "below"), (1.0, "one"), (1.01, "above")):
        shrink = factor * maximal_rate(problem(), momentum=momentum) * float(problem().values[0]) / 10
        step = torch.tensor([[1 - shrink + momentum, -momentum], [1.0, 0.0]])
        found = float(torch.linalg.eigvals(step).abs().max())
        assert {"below": found < 1, "one": abs(found - 1) < 1e-12, "above": found > 1}[radius]


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("decay", [0.0, 0.2])
def test_descent_on_a_model_that_is_linear_equals_its_closed_form(momentum, outputs, decay):
    """torch's own optimizer, with weight decay towards the start: the loss has decay / 2 |theta - theta_0|^2."""
    features, tested, targets = torch.randn(6, 9), torch.randn(2, 9), torch.randn(6, outputs)
    model = torch.nn.Linear(9, outputs, bias=False)
    first = model.weight.detach().clone()
    start, cross_start = model(features).detach(), model(tested).detach()
    linear = least_squares(
        features @ features.T,
        targets,
        start=start,
        cross=tested @ features.T,
        cross_start=cross_start,
        ridge=decay * targets.numel(),
    )
    rate = 0.7 * maximal_rate(linear, momentum=momentum)
    optimizer = torch.optim.SGD(model.parameters(), rate, momentum)
    for _ in range(50):
        optimizer.zero_grad()
        loss = (model(features) - targets).square().mean() / 2 + decay / 2 * (model.weight - first).square().sum()
        loss.backward()
        optimizer.step()
    found = gradient_descent(linear, 50, rate, momentum=momentum)
    assert_close(found.train, model(features).detach(), rtol=1e-10, atol=1e-10)
    assert_close(found.test, model(tested).detach(), rtol=1e-10, atol=1e-10)
    moved = -found.coefficients.T @ features
    assert_close(model.weight.detach(), first + moved, rtol=1e-10, atol=1e-10)


def test_a_kernel_of_all_outputs_equals_the_shared_one():
    full, crossed = (kernel[:, :, None, None] * torch.eye(2) for kernel in (KERNEL, CROSS))
    start, cross_start = numbers(TABLE["f0_train"]), numbers(TABLE["f0_test"])
    whole = least_squares(full, TARGETS, start=start, cross=crossed, cross_start=cross_start)
    for time in (3.0, inf):
        found, expected = gradient_flow(whole, time), gradient_flow(problem(), time)
        assert_close(found.train, expected.train)
        assert_close(found.test, expected.test)


def test_many_small_steps_are_the_flow():
    errors = [
        (gradient_descent(problem(), steps, 2.0 / steps).test - gradient_flow(problem(), 2.0).test).norm()
        for steps in (100, 1000)
    ]
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.05)


def test_flow_never_moves_what_the_kernel_does_not_reach():
    features = torch.randn(5, 2)
    targets = torch.randn(5)
    still = least_squares(features @ features.T, targets)
    weights = torch.linalg.lstsq(features, targets).solution
    assert_close(gradient_flow(still, inf).train, features @ weights)
    assert_close(gradient_flow(still, 1e9).train, features @ weights, rtol=1e-6, atol=1e-6)


def test_phi_1_is_the_time_at_zero_and_close_to_it():
    values = torch.tensor([0.0, 1e-300, 1e-12, 1.0])
    assert_close(
        phi_1(values, 3.0), torch.tensor([3.0, 3.0, 3.0 - 4.5e-12, 1 - torch.tensor(-3.0).exp()]), rtol=1e-15, atol=0
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: least_squares(KERNEL - 3 * torch.eye(5), TARGETS), "-1.2939"),
        (lambda: least_squares(KERNEL.triu(), TARGETS), "transpose"),
        (lambda: least_squares(KERNEL, TARGETS[:4]), "4, 2"),
        (lambda: least_squares(KERNEL, torch.ones(1, 5)), r"\(1, 5\) do not fit a kernel of 5 rows"),
        (lambda: least_squares(KERNEL[:, :, None, None] * torch.eye(2), TARGETS.T), r"\(2, 5\) do not fit"),
        (lambda: least_squares(KERNEL + 0j, TARGETS), "complex"),
        (lambda: least_squares(KERNEL, TARGETS + 0j), "complex"),
        (lambda: least_squares(KERNEL.where(KERNEL > 1, torch.inf), TARGETS), "not finite"),
        (lambda: least_squares(KERNEL, TARGETS, start=TARGETS[:, :1]), "start"),
        (lambda: least_squares(KERNEL, TARGETS, cross=CROSS.T), "5, 2"),
        (lambda: least_squares(KERNEL, TARGETS, start=TARGETS.to("meta")), "start: on the device meta"),
        (lambda: least_squares(KERNEL, TARGETS, start=torch.tensor(1.0)), r"start has the shape \(\)"),
        (lambda: least_squares(KERNEL, TARGETS, cross=CROSS.to("meta")), "meta"),
        (lambda: least_squares(KERNEL, TARGETS, ridge=-1.0), "-1.0"),
        (lambda: least_squares(torch.zeros(0, 0), torch.zeros(0)), "kernel of 0 rows"),
        (lambda: gradient_flow(problem(), -1.0), "-1.0"),
        (lambda: gradient_descent(problem(), -1, 0.1), "-1"),
        (lambda: maximal_rate(problem(), momentum=1.0), "1.0"),
    ],
)
def test_bad_input_is_refused_with_its_numbers(call, words):
    with pytest.raises(ValueError, match=words):
        call()
