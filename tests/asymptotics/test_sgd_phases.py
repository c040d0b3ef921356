import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.asymptotics.laws import EigenvalueLaw, SourceLaw
from spectra.asymptotics.optimizers import HeavyBall, optimizer_loss
from spectra.asymptotics.sgd_moments import propagators, sgd_mean_loss
from spectra.asymptotics.sgd_phases import MiniBatchSgd, SgdPhase, noise_constant, sgd_loss_law, sgd_phase
from tests.asymptotics.power_laws import power_law

EIGENVALUES = np.array([1.0, 0.6, 0.3, 0.02])
WEIGHTS = np.array([0.5, 1.0, 0.2, 0.7])
METHODS = [
    MiniBatchSgd(0.7, 5.0),
    MiniBatchSgd(0.7, 5.0, tau2=1.0),
    MiniBatchSgd(0.3, 8.0, momentum=0.6, tau2=0.0),
    MiniBatchSgd(0.3, 8.0, momentum=0.6),
    MiniBatchSgd(0.5, 4.0, momentum=-0.4, tau2=1.0),
]


@pytest.mark.parametrize("sgd", METHODS, ids=str)
def test_sums_of_the_propagators_are_their_closed_forms(sgd):
    parts = propagators(sgd, EIGENVALUES, WEIGHTS, steps=6000)
    assert parts.noise.sum() == pytest.approx(sgd.noise_gain(EIGENVALUES), rel=1e-12)
    assert parts.signal.sum() == pytest.approx(sgd.signal_sum(EIGENVALUES, WEIGHTS), rel=1e-12)


@pytest.mark.parametrize("sgd", METHODS, ids=str)
def test_the_mean_loss_is_the_renewal_of_its_propagators(sgd):
    parts = propagators(sgd, EIGENVALUES, WEIGHTS, steps=40)
    doubled = np.zeros(41)
    for t in range(41):
        doubled[t] = parts.signal[t] + parts.noise[1 : t + 1][::-1] @ doubled[:t]
    assert_allclose(2 * sgd_mean_loss(sgd, EIGENVALUES, WEIGHTS, np.arange(41)), doubled, rtol=1e-12)


def test_large_batches_leave_the_loss_of_heavy_ball():
    sgd, steps = MiniBatchSgd(0.3, 1e14, momentum=0.6), [0, 1, 7, 60]
    exact = optimizer_loss(HeavyBall(0.3, 0.6), EIGENVALUES, WEIGHTS, steps)
    assert_allclose(sgd_mean_loss(sgd, EIGENVALUES, WEIGHTS, steps), exact, rtol=1e-10)


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_fresh_gaussian_examples_have_tau_one_and_minus_one(momentum):
    generator, runs = np.random.default_rng(0), 40_000
    sgd, weights = MiniBatchSgd(0.5, 3.0, momentum=momentum), np.sqrt(WEIGHTS / EIGENVALUES)
    errors, before = np.tile(weights, (runs, 1)), np.tile(weights, (runs, 1))
    for _ in range(4):
        inputs = generator.standard_normal((runs, 3, 4)) * np.sqrt(EIGENVALUES)
        gradients = np.einsum("rbi,rb->ri", inputs, np.einsum("rbi,ri->rb", inputs, errors)) / 3
        errors, before = errors - 0.5 * gradients + momentum * (errors - before), errors
    losses = (errors**2 @ EIGENVALUES) / 2
    exact = sgd_mean_loss(sgd, EIGENVALUES, WEIGHTS, [4])[0]
    assert abs(losses.mean() - exact) < 4 * losses.std() / runs**0.5


@pytest.mark.parametrize(
    ("nu", "zeta", "batch", "gain", "ratio"),
    [
        # Ratios at 10,000 steps, computed with the same 20,000 modes by iteration.
        (1.5, 0.5, 5.0, 0.371555, 0.99867),
        (1.5, 2.0, 5.0, 0.371555, 0.99324),
        (3.0, 0.5, 10 / 3, 0.331689, 1.00009),
        (3.0, 2.5, 10 / 3, 0.331689, 1.00150),
    ],
)
def test_losses_reach_the_law_of_their_phase_at_the_reference_ratio(nu, zeta, batch, gain, ratio):
    eigenvalues, weights, source = power_law(nu, zeta, 20_000)
    sgd = MiniBatchSgd(1.0, batch, tau2=0.0)
    law = sgd_loss_law(sgd, eigenvalues, weights, spectrum=EigenvalueLaw(exponent=nu, scale=1.0), source=source)
    signal = sgd_phase(nu, zeta) is SgdPhase.SIGNAL
    beyond = source.scale * 20_000 ** -(zeta * nu) / 2 / (1 - gain) if signal else 0.0
    loss = sgd_mean_loss(sgd, eigenvalues, weights, [10_000])[0] + beyond
    assert sgd.noise_gain(eigenvalues) == pytest.approx(gain, abs=1e-6)
    assert law.exponent == pytest.approx(zeta if signal else 2 - 1 / nu)
    assert loss / law(10_000) == pytest.approx(ratio, abs=1e-5)


def test_momentum_moves_the_constants_of_the_noise_through_the_effective_rate():
    eigenvalues, weights, _ = power_law(2.0, 1.0, 4000)
    sgd = MiniBatchSgd(0.2, 4.0, momentum=0.8)
    noise = propagators(sgd, eigenvalues, weights, steps=2000).noise[-1]
    assert noise == pytest.approx(noise_constant(sgd, EigenvalueLaw(exponent=2.0, scale=1.0)) * 2000**-1.5, rel=0.01)


def test_on_the_line_between_the_phases_both_terms_add_up():
    eigenvalues, weights, source = power_law(2.0, 1.5, 4000)
    sgd, spectrum = MiniBatchSgd(0.5, 10.0), EigenvalueLaw(exponent=2.0, scale=1.0)
    parts = propagators(sgd, eigenvalues, weights, steps=3000)
    rest = 1 - sgd.noise_gain(eigenvalues)
    noise = sgd.signal_sum(eigenvalues, weights) * parts.noise[-1] / (2 * rest**2)
    law = sgd_loss_law(sgd, eigenvalues, weights, spectrum=spectrum, source=source)
    assert law(3000) == pytest.approx(parts.signal[-1] / (2 * rest) + noise, rel=0.01)


@pytest.mark.parametrize(("gain", "falls"), [(0.95, True), (1.05, False)])
def test_the_noise_gain_decides_convergence(gain, falls):
    eigenvalues, weights, _ = power_law(1.5, 0.5, 2000)
    batch = MiniBatchSgd(1.0, 1.0, tau2=0.0).noise_gain(eigenvalues) / gain
    early, late = sgd_mean_loss(MiniBatchSgd(1.0, batch, tau2=0.0), eigenvalues, weights, [300, 3000])
    assert (late < early) == falls


def test_a_mean_that_overflows_is_infinite():
    assert sgd_mean_loss(MiniBatchSgd(1.0, 0.01, momentum=0.5), EIGENVALUES, WEIGHTS, [2000])[0] == np.inf


@pytest.mark.parametrize(
    ("nu", "zeta", "phase"),
    [
        (0.4, 1.0, SgdPhase.IMMEDIATE_DIVERGENCE),
        (0.5, 1.0, SgdPhase.IMMEDIATE_DIVERGENCE),
        (0.8, 0.1, SgdPhase.EVENTUAL_DIVERGENCE),
        (1.5, 1.3, SgdPhase.SIGNAL),
        (1.5, 1.4, SgdPhase.NOISE),
        (2.0, 1.5, SgdPhase.NOISE),
    ],
)
def test_phases_meet_on_their_lines(nu, zeta, phase):
    assert sgd_phase(nu, zeta) is phase


@pytest.mark.parametrize(
    ("sgd", "nu", "words"),
    [
        (MiniBatchSgd(1.0, 5.0), 0.9, "eventual divergence"),
        (MiniBatchSgd(1.0, 1.1, tau2=0.0), 1.5, "noise gain"),
        (MiniBatchSgd(2.5, 5.0), 1.5, "single mode"),
        (MiniBatchSgd(1.9, 5.0), 1.5, "single mode"),
    ],
)
def test_laws_of_diverging_descent_are_refused(sgd, nu, words):
    eigenvalues, weights, _ = power_law(1.5, 0.5, 100)
    with pytest.raises(ValueError, match=words):
        sgd_loss_law(
            sgd,
            eigenvalues,
            weights,
            spectrum=EigenvalueLaw(exponent=nu, scale=1.0),
            source=SourceLaw(exponent=0.5, scale=1.0),
        )


@pytest.mark.parametrize("setting", ["rate", "batch", "tau1"])
def test_settings_out_of_range_are_refused_by_name(setting):
    with pytest.raises(ValueError, match=setting):
        MiniBatchSgd(**{"rate": 0.1, "batch": 4.0, setting: -1.0})
    with pytest.raises(ValueError, match="positive numbers"):
        MiniBatchSgd(0.1, 4.0).noise_gain([1.0, 0.0])
