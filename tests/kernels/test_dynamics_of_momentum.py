"""Momentum in continuous time: against the matrix exponential, small steps, and its limits."""

from __future__ import annotations

from math import inf

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels.asymmetric_least_squares import asymmetric_least_squares
from spectra.kernels.dynamics import gradient_descent, gradient_flow
from spectra.kernels.dynamics_of_momentum import heavy_ball_flow, oscillator
from spectra.kernels.least_squares import least_squares
from tests.references import symmetric_matrix

KERNEL = symmetric_matrix(torch.tensor([8.0, 3.0, 1.0, 0.2, 0.0]))
CROSS = torch.randn(2, 5, generator=torch.Generator().manual_seed(1)) @ KERNEL


def problem(**more):
    generator = torch.Generator().manual_seed(2)
    targets, start, later = (torch.randn(rows, 3, generator=generator) for rows in (5, 5, 2))
    return least_squares(KERNEL, targets, start=start, cross=CROSS, cross_start=later, **more)


@pytest.mark.parametrize("friction", [0.0, 1e-3, 1.0, 30.0])
@pytest.mark.parametrize("time", [1e-3, 0.3, 2.0, 20.0])
def test_every_mode_is_the_exponential_of_its_equation(friction: float, time: float):
    critical = friction**2 / 4
    values = torch.tensor([0.0, 1e-9, 0.1, 1.0, 7.0, *(critical * one for one in (0.5, 1 - 1e-9, 1.0, 1 + 1e-9, 2.0))])
    generator = torch.zeros(len(values), 3, 3)
    generator[:, 0, 1] = generator[:, 1, 2] = 1
    generator[:, 1, 0], generator[:, 1, 1] = -values, -friction
    expected = torch.linalg.matrix_exp(time * generator)[:, 0, 2]
    assert_close(oscillator(values, time, friction), expected, rtol=1e-11, atol=0)


@pytest.mark.parametrize(("value", "friction"), [(4.0, 4.0), (3.0, 4.0), (5.0, 2.0), (5.0, 0.0)])
def test_critical_over_and_underdamped_modes_have_their_textbook_forms(value: float, friction: float):
    time, half = torch.tensor(1.7), friction / 2
    spread = torch.tensor(abs(half**2 - value)).sqrt()
    kind = (half**2 > value) - (half**2 < value)
    around = {0: 1 + half * time, 1: (spread * time).cosh() + half * (spread * time).sinh() / spread}.get(
        kind, (spread * time).cos() + half * (spread * time).sin() / spread
    )
    found = 1 - value * oscillator(torch.tensor([value]), 1.7, friction)
    assert_close(found[0], (-half * time).exp() * around)


def test_small_steps_with_momentum_follow_it_and_their_error_is_of_first_order():
    friction, time, errors = 0.8, 3.0, []
    flowed = heavy_ball_flow(problem(ridge=0.1), time, friction=friction)
    for steps in (300, 3000):
        step = time / steps
        stepped = gradient_descent(problem(ridge=0.1), steps, step**2, momentum=1 - friction * step)
        errors.append(float((stepped.test - flowed.test).norm() + (stepped.train - flowed.train).norm()))
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.1)


def test_much_friction_is_gradient_flow():
    found, expected = heavy_ball_flow(problem(), 2e5, friction=1e5), gradient_flow(problem(), 2.0)
    assert_close(found.test, expected.test, rtol=1e-8, atol=1e-8)
    assert_close(found.train, expected.train, rtol=1e-8, atol=1e-8)


def test_without_friction_energy_is_kept():
    values, times = torch.tensor([0.3, 2.0]), (0.7, 5.0)
    for time in times:
        error = 1 - values * oscillator(values, time, 0.0)
        speed = (oscillator(values, time + 1e-5, 0.0) - oscillator(values, time - 1e-5, 0.0)) / 2e-5
        assert_close(values * error.square() + (values * speed).square(), values, rtol=1e-7, atol=0)


def test_it_starts_at_the_start_and_ends_where_gradient_flow_ends():
    begun, ended = (heavy_ball_flow(problem(), time, friction=0.5) for time in (0.0, inf))
    assert_close(begun.train, problem().start)
    assert_close(ended.test, gradient_flow(problem(), inf).test)
    late = heavy_ball_flow(problem(), 2000.0, friction=0.5)
    assert_close(late.train, ended.train)


@pytest.mark.parametrize(
    ("time", "friction", "words"),
    [
        (-1.0, 1.0, "time of -1.0"),
        (1.0, -2.0, "friction of -2.0"),
        (inf, 0.0, "without friction"),
        (1.0, inf, "friction of inf"),
    ],
)
def test_impossible_times_and_frictions_are_refused(time: float, friction: float, words: str):
    with pytest.raises(ValueError, match=words):
        heavy_ball_flow(problem(), time, friction=friction)


def test_a_kernel_that_is_not_symmetric_is_refused():
    with pytest.raises(TypeError, match="make the problem with least_squares"):
        heavy_ball_flow(asymmetric_least_squares(torch.eye(2), torch.ones(2)), 1.0, friction=1.0)
