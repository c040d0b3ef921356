"""Bad input to every public function: a reason, at once, and never the error of a library below."""

import traceback

import numpy as np
import pytest

import spectra.asymptotics as theory
from spectra.asymptotics import (
    Cap,
    EigenvalueLaw,
    FiniteSpectrum,
    GaussianDraw,
    GradientDescent,
    HalfSpacePower,
    HeavyBall,
    JacobiHeavyBall,
    LossLaw,
    MiniBatchSgd,
    ShallowKernel,
    SourceLaw,
)
from spectra.asymptotics.arguments import shown
from tests.asymptotics.power_laws import power_law

EIGENVALUES, WEIGHTS, SOURCE = power_law(1.5, 0.5, 100)
SPECTRUM, KERNEL = EigenvalueLaw(exponent=1.5, scale=1.0), ShallowKernel(2, bias="zero")
LAW, SGD, MODES = theory.loss_law(SOURCE), MiniBatchSgd(0.1, 10.0), theory.sphere_modes(KERNEL, HalfSpacePower(0))
FINITE = theory.finite_spectrum(EIGENVALUES, WEIGHTS)
FORECAST = theory.loss_forecast(theory.spectrum_estimates(FINITE))
OPTIMIZERS = (GradientDescent(0.5), HeavyBall(0.5, 0.5), JacobiHeavyBall(1.1, 1.5))
TASK, LIMIT = theory.LinearTask(np.eye(3), np.ones(3)), theory.linear_limit(3, coupling=1.0)

NAN, INF = float("nan"), float("inf")
NO_NUMBERS = ("a", {}, object())
NO_POSITIVE = (0, -1, NAN, INF, -INF, 10**400, "a", None, [], [1.0, 2.0], True)
NO_COUNT = (-1, 0.5, NAN, INF, 1e300, 10**30, "a", None, [])
NO_LIST = (NAN, None, [NAN], [INF], [[1.0, 2.0]], [[1.0], 2.0], [1j], *NO_NUMBERS)
NO_WEIGHTS = (*NO_LIST, [], [1.0, 2.0], -np.ones(100))
NO_OBJECT = (0, 1.5, "a", None, [])


def linear_state(hidden=((1.0,),), readout=(1.0,), **numbers):
    given = {"multiplier": 1.0, "hidden_rate": 1.0, "readout_rate": 1.0} | numbers
    return theory.linear_state(hidden, readout, **given)


def one(x):
    return 1 + 0 * x


DOORS = {
    "eigenvalue law": (lambda bad: EigenvalueLaw(exponent=bad, scale=1.0), NO_POSITIVE),
    "eigenvalue law at": (SPECTRUM, (0, [-1.0], NAN, INF, *NO_NUMBERS)),
    "source law": (lambda bad: SourceLaw(exponent=1.0, scale=bad), NO_POSITIVE),
    "source law at": (SOURCE, (0, [-1.0], NAN, INF, *NO_NUMBERS)),
    "kappa": (SOURCE.kappa, NO_OBJECT),
    "tail": (SOURCE.tail, NO_OBJECT),
    "loss law": (lambda bad: LossLaw(exponent=1.0, constant=bad), NO_POSITIVE),
    "floor": (lambda bad: LossLaw(exponent=1.0, constant=1.0, floor=bad), (-1, NAN, INF, "a", None)),
    "start": (lambda bad: LossLaw(exponent=1.0, constant=1.0, start=bad, end=1.0), (-1, 2, NAN, "a", None)),
    "second": (lambda bad: LossLaw(exponent=1.0, constant=1.0, second=bad), (1, "ab", (1,), (-1, 1), (1, NAN))),
    "loss law at": (LAW, (0, [0.0], NAN, *NO_NUMBERS)),
    "loss law of": (theory.loss_law, (*NO_OBJECT, SourceLaw(exponent=200.0, scale=1.0))),
    "largest": (lambda bad: theory.loss_law(SOURCE, largest=bad), (0, -1, NAN, "a", [])),
    "in steps": (lambda bad: theory.in_steps(LAW, bad), NO_POSITIVE),
    "in steps of": (lambda bad: theory.in_steps(bad, 1.0), NO_OBJECT),
    "dimension": (ShallowKernel, (1, *NO_COUNT)),
    "power": (lambda bad: ShallowKernel(3, power=bad), (0, *NO_COUNT)),
    "output bias": (lambda bad: ShallowKernel(3, output_bias=bad), (1, "a", None)),
    "cosine": (KERNEL, (1.5, NAN, None, *NO_NUMBERS)),
    "eigenvalues of": (lambda bad: theory.sphere_eigenvalues(bad, 3), NO_OBJECT),
    "degrees": (lambda bad: theory.sphere_eigenvalues(KERNEL, bad), (0, *NO_COUNT)),
    "digits": (lambda bad: theory.sphere_eigenvalues(KERNEL, 3, digits=bad), (0, -1, 0.5, 2000, 10**30, NAN, "a")),
    "eigenvalue law of": (theory.sphere_eigenvalue_law, NO_OBJECT),
    "harmonics in": (lambda bad: theory.multiplicities(bad, 3), (1, *NO_COUNT)),
    "harmonics": (lambda bad: theory.multiplicities(3, bad), (0, *NO_COUNT)),
    "half space in": (lambda bad: theory.half_space_coefficients(bad, 1, 3), (1, *NO_COUNT)),
    "half space": (lambda bad: theory.half_space_coefficients(3, bad, 3), NO_COUNT),
    "target power": (HalfSpacePower, NO_COUNT),
    "cap": (Cap, (0, 4, NAN, "a", None)),
    "draw": (GaussianDraw, NO_OBJECT),
    "modes of": (lambda bad: theory.sphere_modes(bad, HalfSpacePower(0)), NO_OBJECT),
    "modes for": (lambda bad: theory.sphere_modes(KERNEL, bad), NO_OBJECT),
    "source of modes": (theory.mode_source_law, NO_OBJECT),
    "law of modes": (theory.mode_loss_law, NO_OBJECT),
    "orders": (lambda bad: theory.loss_expansion(MODES, bad), (0, -1, 0.5, NAN, "a", None)),
    "floor of": (theory.loss_floor, NO_OBJECT),
    "curve of": (lambda bad: theory.loss_curve(bad, 1.0), NO_OBJECT),
    "curve at": (lambda bad: theory.loss_curve(MODES, bad), (-1, *NO_LIST)),
    "local exponent at": (lambda bad: theory.local_exponents(MODES, bad), (-1, *NO_LIST)),
    "singularity": (lambda bad: theory.fourier_constant(bad, 2), (0, 2, -1, NAN, INF, "a", None)),
    "support": (lambda bad: theory.fourier_constant(1, bad), (0, *NO_COUNT)),
    "weyl integral": (lambda bad: theory.weyl_law(bad, dimension=1, singularity=1), NO_POSITIVE),
    "density": (
        lambda bad: theory.line_eigenvalue_law(bad, one, interval=(0, 1)),
        (*NO_OBJECT, lambda x: -x, lambda x: x - 0.5, lambda x: NAN, lambda x: "a"),
    ),
    "interval": (
        lambda bad: theory.line_eigenvalue_law(one, one, interval=bad),
        (1, (1, 0), (0, 0), (0, INF), (0, NAN), (0,), "ab", None),
    ),
    "jump integral": (lambda bad: theory.jump_source_law(bad, dimension=1, singularity=1), NO_POSITIVE),
    "jump order": (lambda bad: theory.jump_source_law(1.0, dimension=1, singularity=1, order=bad), (-1, 0.5, NAN, "a")),
    "jumps": (
        lambda bad: theory.line_source_law(one, one, jumps=bad),
        (1, None, [], [1.0], [(0.0, 0.0)], [(0.0, NAN)], [(NAN, 1.0), 3]),
    ),
    "step edge": (theory.step_feature_modes, (0, 1, -1, NAN, INF, "a", None, [])),
    "beam edge": (lambda bad: theory.relu_feature_modes(bad, 0.75), (0, 0.8, 1e-9, 1e-320, NAN, INF, "a", None)),
    "rate": (GradientDescent, NO_POSITIVE),
    "momentum": (lambda bad: HeavyBall(0.1, bad), (1, -1, NAN, INF, "a", None, [])),
    "decay": (lambda bad: JacobiHeavyBall(1.0, bad), (-1, NAN, INF, "a", None)),
    "schedule": (JacobiHeavyBall(1.0, 1.0).schedule, (-1, 0.5, NAN, "a", None)),
    "optimizer": (lambda bad: theory.optimizer_loss(bad, EIGENVALUES, WEIGHTS, [1]), NO_OBJECT),
    "tau2": (lambda bad: MiniBatchSgd(0.1, 10.0, tau2=bad), (NAN, INF, "a", None)),
    "batch": (lambda bad: MiniBatchSgd(0.1, bad), NO_POSITIVE),
    "noise gain": (SGD.noise_gain, (0, [], [-1.0], [1e308], *NO_LIST)),
    "signal sum": (lambda bad: SGD.signal_sum(EIGENVALUES, bad), NO_WEIGHTS),
    "phase": (lambda bad: theory.sgd_phase(bad, 0.5), NO_POSITIVE),
    "law of sgd": (
        lambda bad: theory.sgd_loss_law(SGD, EIGENVALUES, bad, spectrum=SPECTRUM, source=SOURCE),
        NO_WEIGHTS,
    ),
    "noise constant": (lambda bad: theory.noise_constant(SGD, bad), (*NO_OBJECT, EigenvalueLaw(exponent=0.5, scale=1))),
    "mean loss of": (lambda bad: theory.sgd_mean_loss(bad, EIGENVALUES, WEIGHTS, [1]), NO_OBJECT),
    "mean loss": (lambda bad: theory.sgd_mean_loss(SGD, EIGENVALUES, bad, [1]), NO_WEIGHTS),
    "mean loss at": (lambda bad: theory.sgd_mean_loss(SGD, EIGENVALUES, WEIGHTS, bad), (-1, 0.5, 1e9, *NO_LIST)),
    "propagators": (lambda bad: theory.propagators(SGD, EIGENVALUES, WEIGHTS, steps=bad), NO_COUNT),
    "corner": (lambda bad: theory.corner_exponent(bad, nu=3.0, zeta=0.5), (0.5, 2.0, NAN, "a", None)),
    "spectrum": (theory.finite_spectrum, (0, [], [-1.0], *NO_LIST)),
    "weights": (lambda bad: theory.finite_spectrum(EIGENVALUES, bad), [bad for bad in NO_WEIGHTS if bad is not None]),
    "resolution": (lambda bad: theory.finite_spectrum(EIGENVALUES, resolution=bad), (-1, 1, NAN, INF, "a", None)),
    "predicted": (lambda bad: theory.predicted_loss(EIGENVALUES, bad, [1.0]), NO_WEIGHTS),
    "predicted at": (lambda bad: theory.predicted_loss(EIGENVALUES, WEIGHTS, bad), (-1, *NO_LIST)),
    "beyond": (
        lambda bad: theory.predicted_loss(EIGENVALUES, WEIGHTS, [1.0], beyond=bad),
        [bad for bad in NO_OBJECT if bad is not None],
    ),
    "nu of": (theory.eigenvalue_exponent, NO_OBJECT),
    "kappa of": (theory.tail_exponent, NO_OBJECT),
    "zeta of": (theory.source_exponent, (*NO_OBJECT, FiniteSpectrum(EIGENVALUES, None, 0, 0.0))),
    "estimates": (theory.spectrum_estimates, NO_OBJECT),
    "level": (lambda bad: theory.spectrum_estimates(FINITE, level=bad), (0, 1, 95, 1e-320, NAN, "a", None)),
    "forecast": (theory.loss_forecast, NO_OBJECT),
    "polynomial": (theory.PolynomialKernel(3), (1.5, NAN, *NO_NUMBERS)),
    "polynomial skip": (lambda bad: theory.PolynomialKernel(3, skip=bad), (1, "a", None)),
    "zonal": (
        lambda bad: theory.zonal_eigenvalues(bad, 3, 3),
        (*NO_OBJECT, lambda u: "a", lambda u: 1j * u, lambda u: None, lambda u: u[:1]),
    ),
    "zonal tolerance": (lambda bad: theory.zonal_eigenvalues(one, 3, 3, tolerance=bad), NO_POSITIVE),
    "features": (lambda bad: theory.LinearTask(bad, [1.0]), (1.0, [1.0], [[NAN]], None, *NO_NUMBERS)),
    "hidden weights": (lambda bad: linear_state(hidden=bad), (1.0, [1.0], [[NAN]], [[1.0], [2.0]], *NO_NUMBERS)),
    "readout weights": (lambda bad: linear_state(readout=bad), ([NAN], [1.0, 2.0], *NO_NUMBERS)),
    "multiplier": (lambda bad: linear_state(multiplier=bad), (NAN, INF, 10**400, "a", None, [1.0])),
    "hidden rate": (lambda bad: linear_state(hidden_rate=bad), (-1, NAN, INF, "a", None, [1.0])),
    "readout rate": (lambda bad: linear_state(readout_rate=bad), (-1, NAN, INF, "a", None, [1.0])),
    "stacked": (theory.stacked_states, ([], [LIMIT, theory.linear_limit(2, coupling=1.0)])),
    "features of the limit": (lambda bad: theory.linear_limit(bad, coupling=1.0), (0, *NO_COUNT)),
    "coupling": (lambda bad: theory.linear_limit(3, coupling=bad), (-1, NAN, INF, "a", None, [1.0])),
    "weights of the limit": (
        lambda bad: theory.linear_limit(3, coupling=1.0, weights=bad),
        (1.0, [1.0], [NAN] * 3, *NO_NUMBERS),
    ),
    "scale": (lambda bad: theory.linear_start(3, 8, 0, scale=bad), NO_POSITIVE),
    "rates": (
        lambda bad: theory.linear_descent(TASK, theory.stacked_states([LIMIT] * 2), rate=bad, steps=[1]),
        (0, -1, NAN, [0.1] * 3, *NO_NUMBERS),
    ),
    "descent steps": (
        lambda bad: theory.linear_descent(TASK, LIMIT, rate=0.1, steps=bad),
        (3, None, [], [2, 1], [0.5], [-1], [10**9], "a"),
    ),
    "flow times": (
        lambda bad: theory.linear_flow(TASK, LIMIT, bad),
        ([], [2.0, 1.0], [-1.0], [NAN], [INF], [[1.0]], *NO_NUMBERS),
    ),
    "flow tolerance": (lambda bad: theory.linear_flow(TASK, LIMIT, [1.0], tolerance=bad), NO_POSITIVE),
    "interval at": (FORECAST.interval, (0, [-1.0], NAN, INF, *NO_NUMBERS)),
} | {
    f"{name} of {type(optimizer).__name__}": door
    for optimizer in OPTIMIZERS
    for name, door in {
        "residuals": (lambda bad, it=optimizer: it.residuals(bad, [1]), NO_LIST),
        "steps": (lambda bad, it=optimizer: it.residuals([1.0], bad), (-1, 0.5, *NO_LIST)),
        "law": (lambda bad, it=optimizer: it.loss_law(bad), NO_OBJECT),
        "largest": (lambda bad, it=optimizer: it.loss_law(SOURCE, largest=bad), (0, 100, NAN, "a", [])),
        "loss": (lambda bad, it=optimizer: theory.optimizer_loss(it, EIGENVALUES, bad, [1]), NO_WEIGHTS),
    }.items()
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", DOORS)
def test_bad_input_is_refused_with_a_reason(name):
    function, bad_values = DOORS[name]
    for bad in bad_values:
        with pytest.raises((ValueError, TypeError)) as caught:
            function(bad)
        where = traceback.extract_tb(caught.value.__traceback__)[-1]
        assert "asymptotics" in where.filename, (bad, caught.value)
        assert len(str(caught.value)) > 25


def test_long_input_is_named_in_short():
    with pytest.raises(ValueError, match=r"\.\.\. were given; pass a list of finite numbers") as caught:
        theory.finite_spectrum(np.full(1000, NAN))
    assert len(str(caught.value)) < 150
    assert len(shown([NAN] * 10**7)) == len(shown("a" * 10**8)) == 60


def test_a_flow_that_cannot_be_solved_says_so():
    with np.errstate(all="ignore"), pytest.raises(RuntimeError, match="could not be solved to a tolerance of 1e-10"):
        theory.linear_flow(theory.LinearTask(1e200 * np.eye(3), np.ones(3)), LIMIT, [1.0])


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda one: type(one).__name__)
def test_diverging_modes_are_infinite(optimizer):
    assert np.isinf(optimizer.residuals([1e3], [2000])).all()
    assert np.isinf(theory.optimizer_loss(optimizer, [1e3, 1.0], [1.0, 1.0], [2000])).all()
    assert np.isfinite(theory.optimizer_loss(optimizer, [1e3, 1.0], [0.0, 1.0], [2000])).all()
