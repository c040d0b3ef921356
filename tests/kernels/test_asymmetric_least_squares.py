"""Dynamics of kernels that are not symmetric, against training step by step and against the symmetric closed forms."""

from math import inf

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels import (
    Erf,
    Sign,
    Surrogate,
    asymmetric_least_squares,
    descent_ensemble,
    flow_ensemble,
    gradient_descent,
    gradient_flow,
    least_squares,
    maximal_rate,
    mlp_kernel,
)

POINTS = torch.randn(9, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
NNGP, KERNEL = mlp_kernel(POINTS, hidden=2, activation=Surrogate(Sign(), Erf(1.0)), weight_var=1.0, bias_var=0.01)
TARGETS = POINTS[:6, 0] * POINTS[:6, 1]


def problem(**more):
    return asymmetric_least_squares(KERNEL[:6, :6], TARGETS, **{"cross": KERNEL[6:, :6], **more})


def test_a_symmetric_kernel_has_the_closed_forms_of_eigenvectors():
    nngp, kernel = mlp_kernel(POINTS, hidden=2, activation="erf", weight_var=1.5, bias_var=0.1)
    given = {"start": torch.randn(6), "cross": kernel[6:, :6], "cross_start": torch.randn(3), "ridge": 0.1}
    one, other = (made(kernel[:6, :6], TARGETS, **given) for made in (least_squares, asymmetric_least_squares))
    assert maximal_rate(other) == pytest.approx(maximal_rate(one))
    times = [0.0, 0.3, 40.0, 1e4, inf]
    for found, expected in (
        (gradient_flow(other, times), gradient_flow(one, times)),
        (gradient_descent(other, [0, 1, 500], 1.0), gradient_descent(one, [0, 1, 500], 1.0)),
    ):
        for part in ("train", "test", "coefficients"):
            assert_close(getattr(found, part), getattr(expected, part), rtol=1e-8, atol=1e-9)
    one, other = (
        made(kernel[:6, :6], TARGETS, cross=kernel[6:, :6]) for made in (least_squares, asymmetric_least_squares)
    )
    for found, expected in (
        (flow_ensemble(other, nngp, times), flow_ensemble(one, nngp, times)),
        (descent_ensemble(other, nngp, 70, 1.0), descent_ensemble(one, nngp, 70, 1.0)),
    ):
        assert_close(found.mean, expected.mean, rtol=1e-8, atol=1e-9)
        assert_close(found.covariance, expected.covariance, rtol=1e-8, atol=1e-9)


def test_descent_is_the_recursion_of_its_outputs():
    start, tested = torch.randn(6), torch.randn(3)
    linear = problem(start=start, cross_start=tested, ridge=0.2)
    rate = 0.5 * maximal_rate(linear)
    duals = torch.zeros(6)
    for _ in range(30):
        outputs = start - KERNEL[:6, :6] @ duals
        duals = duals + rate / 6 * (outputs - TARGETS - 0.2 * duals)
    found = gradient_descent(linear, 30, rate)
    assert_close(found.coefficients, duals)
    assert_close(found.test, tested - KERNEL[6:, :6] @ duals)


def test_flow_is_the_limit_of_small_steps_and_ends_at_the_solution_of_the_oriented_kernel():
    flowed = gradient_flow(problem(), 12.0).test
    errors = [float((gradient_descent(problem(), steps, 12.0 / steps).test - flowed).norm()) for steps in (500, 1000)]
    assert errors[1] < 1e-2 * float(flowed.norm())
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.05)
    ended = gradient_flow(problem(), inf)
    assert_close(ended.test, KERNEL[6:, :6] @ torch.linalg.solve(KERNEL[:6, :6], TARGETS))
    assert_close(ended.train, TARGETS)
    assert_close(gradient_flow(problem(), 1e6).test, ended.test, rtol=1e-6, atol=1e-8)
    # The transposed kernel is another predictor: the orientation is felt.
    turned = KERNEL[:6, 6:].T @ torch.linalg.solve(KERNEL[:6, :6].T, TARGETS)
    assert float((turned - ended.test).norm()) > 1e-3 * float(ended.test.norm())


def test_the_ensemble_at_the_end_has_the_covariance_of_its_solves():
    law = flow_ensemble(problem(), NNGP, inf)
    solve = torch.linalg.solve(KERNEL[:6, :6].T, KERNEL[6:, :6].T)  # (6, 3)
    mixed = NNGP[6:, :6] @ solve
    expected = NNGP[6:, 6:] - mixed - mixed.T + solve.T @ NNGP[:6, :6] @ solve
    assert_close(law.mean, solve.T @ TARGETS)
    assert_close(law.covariance, expected)
    assert float(torch.linalg.eigvalsh(law.covariance)[0]) > 0


def test_an_ensemble_of_drawn_starts_has_its_law():
    factor = torch.linalg.cholesky(NNGP)
    starts = factor @ torch.randn(9, 4000)
    law = descent_ensemble(problem(), NNGP, 40, 1.0)
    factors = problem().descent_factors(40, 1.0, 0.0)
    ends = starts[6:] - KERNEL[6:, :6] @ factors @ (starts[:6] - TARGETS[:, None])
    assert ((ends.mean(1) - law.mean).abs() < 4 * (law.covariance.diagonal() / 4000).sqrt()).all()
    assert_close(torch.cov(ends), law.covariance, rtol=0.2, atol=0.02)


def test_the_largest_rate_is_where_a_turning_mode_neither_grows_nor_shrinks():
    turning = torch.tensor([[0.3, 1.0], [-1.0, 0.3]])
    linear = asymmetric_least_squares(turning, torch.ones(2))
    limit = maximal_rate(linear)
    assert limit == pytest.approx(2 * 2 * 0.3 / (0.3**2 + 1))
    for factor, grows in ((0.95, False), (1.05, True)):
        step = torch.eye(2) - factor * limit / 2 * turning
        assert bool(torch.linalg.eigvals(step).abs().max() > 1) == grows
    with pytest.raises(ValueError, match="linear descent converges from zero to below that"):
        gradient_descent(linear, 5, 1.05 * limit)


def test_kernels_of_all_outputs_are_flattened():
    whole = KERNEL[:, :, None, None] * torch.eye(2)
    targets = torch.randn(6, 2)
    found = gradient_flow(asymmetric_least_squares(whole[:6, :6], targets, cross=whole[6:, :6]), 9.0).test
    shared = gradient_flow(asymmetric_least_squares(KERNEL[:6, :6], targets, cross=KERNEL[6:, :6]), 9.0).test
    assert found.shape == (3, 2)
    assert_close(found, shared)


GROWING = torch.tensor([[-1.0, 0.5], [0.0, 1.0]])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: asymmetric_least_squares(KERNEL[:6], TARGETS), "a kernel between equal inputs is square"),
        (lambda: problem(ridge=-1.0), "a ridge of -1.0 is not possible"),
        (lambda: gradient_flow(asymmetric_least_squares(GROWING, torch.ones(2)), inf), "real part -1, along which"),
        (lambda: gradient_flow(asymmetric_least_squares(GROWING, torch.ones(2)), 1e4), "outputs overflow at this time"),
        (lambda: gradient_descent(asymmetric_least_squares(GROWING, torch.ones(2)), 3, 0.1), "is inf times 0"),
        (lambda: gradient_descent(problem(), 3, 0.1, momentum=0.9), "not symmetric is known without"),
        (lambda: asymmetric_least_squares(KERNEL[:6, :6] * inf, TARGETS), "are not finite"),
    ],
)
def test_what_has_no_answer_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
