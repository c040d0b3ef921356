import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import eval_jacobi, zeta

from spectra.asymptotics.jacobi_heavy_ball import JacobiHeavyBall
from spectra.asymptotics.laws import SourceLaw
from spectra.asymptotics.optimizers import GradientDescent, HeavyBall, optimizer_loss
from tests.asymptotics.power_laws import power_law

EIGENVALUES = np.array([1.0, 0.73, 0.5, 0.1, 1e-3, 1e-9, 0.0])


def followed(schedule, steps):
    """Residuals by the updates of one weight for each eigenvalue, w_(t+1) = w_t - a_t h w_t + b_t (w_t - w_(t-1))."""
    weights, before = np.ones_like(EIGENVALUES), np.ones_like(EIGENVALUES)
    for step in range(steps):
        rate, momentum = schedule(step)
        weights, before = weights - rate * EIGENVALUES * weights + momentum * (weights - before), weights
    return weights


@pytest.mark.parametrize("steps", [0, 1, 2, 57])
@pytest.mark.parametrize(
    ("optimizer", "schedule"),
    [
        (GradientDescent(1.3), lambda step: (1.3, 0.0)),
        (HeavyBall(0.4, 0.8), lambda step: (0.4, 0.8)),
        (HeavyBall(0.9, -0.5), lambda step: (0.9, -0.5)),
        (JacobiHeavyBall(1.2, decay=1.5), JacobiHeavyBall(1.2, decay=1.5).schedule),
    ],
)
def test_residuals_are_those_of_the_updates(optimizer, schedule, steps):
    assert_allclose(optimizer.residuals(EIGENVALUES, [steps])[0], followed(schedule, steps), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("decay", "edge"), [(1.5, 0.5), (0.5, -0.5), (-0.3, 0.3), (3.0, 2.0)])
def test_the_schedule_makes_jacobi_polynomials(decay, edge):
    residuals = JacobiHeavyBall(2.0, decay=decay, edge=edge).residuals(EIGENVALUES, [1, 5, 40])
    for row, degree in zip(residuals, [1, 5, 40], strict=True):
        exact = eval_jacobi(degree, decay, edge, 1 - EIGENVALUES) / eval_jacobi(degree, decay, edge, 1.0)
        assert_allclose(row, exact, rtol=1e-9, atol=1e-12)


def test_small_eigenvalues_keep_their_digits_over_many_steps():
    residual = GradientDescent(1.0).residuals([1e-8], [10**8])[0, 0]
    assert residual == pytest.approx(np.exp(-1 - 0.5e-8), rel=1e-13)


@pytest.mark.parametrize(
    ("optimizer", "step", "ratio"),
    [
        # Ratios computed with the same 40,000 modes by iteration, printed with six digits.
        (GradientDescent(1.0), 100, 0.998130),
        (GradientDescent(1.0), 10_000, 1.000028),
        (HeavyBall(0.1, 0.9), 100, 1.012873),
        (HeavyBall(0.1, 0.9), 10_000, 1.000141),
        (JacobiHeavyBall(1.0, decay=1.5), 25, 1.008244),
        (JacobiHeavyBall(1.0, decay=1.5), 200, 1.001500),
    ],
)
def test_losses_reach_their_law_at_the_reference_ratio(optimizer, step, ratio):
    eigenvalues, weights, source = power_law(1.5, 0.5, 40_000)
    beyond = (zeta(1.75) - weights.sum()) / 2  # modes that are not summed have not moved
    loss = optimizer_loss(optimizer, eigenvalues, weights, [step])[0] + beyond
    assert loss / optimizer.loss_law(source)(step) == pytest.approx(ratio, abs=2e-6)


def test_the_law_of_a_schedule_scales_with_its_largest_eigenvalue_and_not_with_its_edge():
    source = SourceLaw(exponent=0.7, scale=0.3)
    law = JacobiHeavyBall(4.0, decay=1.5).loss_law(source)
    stretched = JacobiHeavyBall(1.0, decay=1.5, edge=0.1).loss_law(SourceLaw(exponent=0.7, scale=0.3 * 4.0**0.7))
    assert law.exponent == pytest.approx(1.4)
    assert law.constant == pytest.approx(stretched.constant, rel=1e-13)


def test_an_eigenvalue_at_the_edge_of_the_schedule_falls_as_stated():
    schedule = JacobiHeavyBall(1.0, decay=2.0, edge=1.0)
    loss = optimizer_loss(schedule, [1.0], [3.0], [4000])[0]
    assert loss == pytest.approx(3 / 2 * (2 / 1) ** 2 * 4000.0**-2, rel=1e-3)


def test_windows_are_counted_in_steps():
    law = HeavyBall(0.1, 0.5).loss_law(SourceLaw(exponent=0.5, scale=1.0), largest=2.0, smallest=1e-4, floor=0.1)
    assert (law.start, law.end, law.floor) == pytest.approx((1 / 0.4, 1 / 0.2e-4, 0.1))
    jacobi = JacobiHeavyBall(2.0, decay=1.0).loss_law(SourceLaw(exponent=0.5, scale=1.0), largest=2.0, smallest=2e-4)
    assert (jacobi.start, jacobi.end) == pytest.approx((1.0, 100.0))


@pytest.mark.parametrize("rate", [2.0, 2.5])
def test_a_law_of_a_diverging_rate_is_refused(rate):
    with pytest.raises(ValueError, match="use a rate below 2"):
        GradientDescent(rate).loss_law(SourceLaw(exponent=0.5, scale=1.0), largest=1.0)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: GradientDescent(0.0), "rate is 0.0"),
        (lambda: HeavyBall(0.1, 1.0), "between -1 and 1"),
        (lambda: JacobiHeavyBall(1.0, decay=-1.0), "more than -1"),
        (lambda: JacobiHeavyBall(1.0, decay=0.4).loss_law(SourceLaw(exponent=1.0, scale=1.0)), "more than zeta - 1/2"),
        (lambda: JacobiHeavyBall(1.0, decay=1.0).loss_law(SourceLaw(exponent=0.5, scale=1.0), largest=2.0), "made for"),
        (lambda: GradientDescent(0.1).residuals([1.0], [-1]), "from zero up"),
        (lambda: GradientDescent(0.1).residuals([1.0], [0.5]), "whole numbers"),
        (lambda: optimizer_loss(GradientDescent(0.1), [1.0], [1.0, 2.0], [1]), "two lists of one length"),
    ],
)
def test_settings_out_of_range_are_refused(made, words):
    with pytest.raises(ValueError, match=words):
        made()
