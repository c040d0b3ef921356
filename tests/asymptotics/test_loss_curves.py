from dataclasses import replace

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from spectra.asymptotics import loss_curves
from spectra.asymptotics.loss_curves import local_exponents, loss_curve
from spectra.asymptotics.sphere_kernels import ShallowKernel
from spectra.asymptotics.sphere_targets import Cap, GaussianDraw, HalfSpacePower, sphere_modes

# Zero-bias ReLU kernel, He variance, f_0 = 0. Computed with 40 digits by explicit sums with Stirling series and
# Hurwitz zeta tails from two starting points (hemisphere), and by sums over 12,000 degrees and more (neuron).
HEMISPHERE = {
    (2, "1"): "0.0615742899163626008832247277822",
    (2, "10"): "0.0186990196461727308726163116644",
    (2, "100"): "0.0070392075830958955839606534197",
    (2, "1e3"): "0.00223015410158308348278918379727",
    (2, "1e4"): "0.000705236979434682761647405061594",
    (2, "1e6"): "0.00007052369794346953586379482",
    (3, "1"): "0.0854132043163209199690885567329",
    (3, "10"): "0.0290096012065553005211016368072",
    (3, "100"): "0.0180738568975722324468057292532",
    (3, "1e3"): "0.00825819107450235149735606105225",
    (3, "1e4"): "0.00383417264316672643767197222217",
    (3, "1e6"): "0.000826047313621714817888438",
    (4, "1"): "0.0991295830766445491025479485821",
    (4, "10"): "0.0339381409135503094614834198466",
    (4, "100"): "0.0266143472157772920417739268499",
    (4, "1e3"): "0.0145618388055832344966104879805",
    (4, "1e4"): "0.00814883216588704759621635045667",
    (4, "1e6"): "0.00257409108168054496747739972",
}
NEURON = {2: "8.6669627919336281599e-8", 3: "4.0708539478979373793e-6", 4: "0.000020824737774751892059"}
# Cap of one radian, by sums over 30,000 and 12,000 degrees with 32 digits and the exact energy of the rest.
CAP = {(3, 100.0): 0.01389137371646584, (3, 1e4): 0.003213975546349, (4, 1e4): 0.005724478494920956}


def _modes(dimension, target, *, bias="zero", digits=None):
    return sphere_modes(ShallowKernel(dimension, bias=bias), target, digits=digits)


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_the_hemisphere_is_learnt_as_summed(dimension):
    cases = {t: value for (d, t), value in HEMISPHERE.items() if d == dimension}
    wanted = [float(value) for value in cases.values()]
    curve = loss_curve(_modes(dimension, HalfSpacePower(0)), [float(t) for t in cases])
    assert_allclose(curve.losses, wanted, rtol=1e-12)
    assert np.all(abs(curve.losses - wanted) <= curve.errors)


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_the_hemisphere_is_learnt_as_summed_to_twenty_digits(dimension):
    times = [t for d, t in HEMISPHERE if d == dimension and t in ("1", "1e4", "1e6")]
    curve = loss_curve(_modes(dimension, HalfSpacePower(0), digits=24), times)
    with mpmath.workdps(40):
        for t, loss, error in zip(times, curve.losses, curve.errors, strict=True):
            # The references at 1e6 moved in digit 20 with their starting point, through mpmath.zeta.
            assert abs(loss / mpmath.mpf(HEMISPHERE[dimension, t]) - 1) < mpmath.mpf(10) ** (-19 if t == "1e6" else -23)
            assert error < mpmath.mpf(10) ** -23


@pytest.mark.parametrize(("dimension", "value"), NEURON.items())
def test_one_neuron_is_learnt_as_summed(dimension, value):
    neuron = loss_curve(_modes(dimension, HalfSpacePower(1)), [1.0, 1e4])
    # On the circle 12,000 degrees leave 2e-12 of the reference out.
    assert_allclose(neuron.losses[1], float(value), rtol=3e-12 if dimension == 2 else 1e-12)
    start = GaussianDraw(ShallowKernel(dimension, layers="output"))
    assert_allclose(loss_curve(_modes(dimension, start), [1.0, 1e4]).losses, 2 * dimension * neuron.losses, rtol=1e-12)


@pytest.mark.parametrize(("case", "value"), CAP.items())
def test_a_cap_is_learnt_as_summed(case, value):
    curve = loss_curve(_modes(case[0], Cap(1.0)), case[1])
    assert_allclose(curve.losses[0], value, rtol=3e-13)
    assert abs(curve.losses[0] - value) <= curve.errors[0] + 5e-16


@given(
    dimension=st.integers(2, 9),
    power=st.integers(1, 3),
    bias=st.sampled_from(["none", "zero", "normal"]),
    layers=st.sampled_from(["both", "hidden", "output"]),
    target=st.integers(0, 3),
    time=st.floats(0, 3000),
)
@settings(max_examples=10, deadline=None, derandomize=True)
def test_errors_cover_the_distance_to_more_digits(dimension, power, bias, layers, target, time):
    kernel = ShallowKernel(dimension, power=power, bias=bias, layers=layers)
    double = loss_curve(sphere_modes(kernel, HalfSpacePower(target)), time)
    exact = loss_curve(sphere_modes(kernel, HalfSpacePower(target), digits=18), time)
    assert abs(double.losses[0] - exact.losses[0]) <= double.errors[0] + exact.errors[0]
    assert double.errors[0] <= 1e-12 * double.losses[0]


def test_the_start_of_the_tail_moves_nothing(monkeypatch):
    times = [10.0, 1e6]
    modes = _modes(3, HalfSpacePower(0), digits=18)
    found = loss_curve(modes, times)
    monkeypatch.setattr(loss_curves, "TAIL_RATE", 0.03)
    moved = loss_curve(modes, times)
    assert moved.summed[-1] > found.summed[-1]
    assert all(abs(a - b) <= e for a, b, e in zip(found.losses, moved.losses, found.errors, strict=True))


@pytest.mark.parametrize(
    ("target", "squared"),
    [
        (HalfSpacePower(0), 0.5),
        (HalfSpacePower(1), 1 / 6),
        (HalfSpacePower(3), 1 / 14),
        (GaussianDraw(ShallowKernel(3, bias="zero")), 3.0),
        (Cap(1.0), np.sin(0.5) ** 2),
        (Cap(2.5), np.sin(1.25) ** 2),
    ],
    ids=str,
)
def test_at_time_zero_the_loss_is_half_the_squared_target(target, squared):
    assert_allclose(loss_curve(_modes(3, target), 0.0).losses, [squared / 2], rtol=2e-14)


def test_the_local_exponent_is_the_slope_of_the_curve():
    modes = _modes(3, HalfSpacePower(0))
    times = np.array([5.0, 700.0])
    h = 1e-4
    up, down = (np.log(loss_curve(modes, times * np.exp(sign * h)).losses) for sign in (1, -1))
    assert_allclose(local_exponents(modes, times), -(up - down) / (2 * h), rtol=1e-7)
    assert_allclose(local_exponents(modes, 1e8), [1 / 3], rtol=1e-9)


def test_a_floor_flattens_the_local_exponent():
    modes = sphere_modes(ShallowKernel(3), HalfSpacePower(0))
    assert local_exponents(modes, 1e5)[0] < 1e-9
    assert_allclose(loss_curve(modes, 1e5).losses, [1 / 32], rtol=1e-12)


def test_on_the_circle_the_distance_to_the_law_is_smaller_than_every_power():
    # Poisson summation leaves exp(-(3 pi / 4)(2 tau / pi)^(1/3)), tau = 4 t / pi^2, up to a factor of about two.
    modes = _modes(2, HalfSpacePower(0), digits=30)
    for t in (100, 1000, 10000):
        with mpmath.workdps(45):
            slowest = [mpmath.mpf(v) for v in modes.head(2)[0]]
            pi = mpmath.pi
            first = (mpmath.exp(-2 * slowest[1] * t) - mpmath.exp(-4 * t / pi**2)) / pi**2
            base = 1 / (8 * mpmath.sqrt(pi * t))
            rest = loss_curve(modes, t).losses[0] - base - first - mpmath.exp(-2 * slowest[0] * t) / 8
            bound = mpmath.exp(-3 * pi / 4 * (8 * t / pi**3) ** (mpmath.mpf(1) / 3))
            assert abs(rest / base) < 2 * bound


def test_many_points_on_the_circle_are_learnt_like_all_of_them():
    N = 4096
    angle = 2 * np.pi * (np.arange(N) + 0.5) / N
    kernel = ShallowKernel(2, bias="zero")
    eigenvalues = np.fft.fft(kernel(np.cos(angle - angle[0]))).real / N  # of the circulant matrix over N
    squares = abs(np.fft.fft((np.cos(angle) > 0).astype(float)) / N) ** 2
    for t in (3.0, 300.0):
        sampled = np.sum(squares * np.exp(-2 * eigenvalues * t)) / 2
        assert_allclose(loss_curve(_modes(2, HalfSpacePower(0)), t).losses, [sampled], rtol=2e-5 * t**0.5)


def test_times_beyond_every_sum_are_refused():
    with pytest.raises(ValueError, match="use mode_loss_law"):
        loss_curve(_modes(2, HalfSpacePower(0)), 1e15)


@pytest.mark.slow
def test_a_cap_is_learnt_as_summed_with_digits():
    # The same sums as above, to the 22 digits printed, less what the rest beyond 30,000 degrees leaves open (8e-16).
    curve = loss_curve(_modes(3, Cap(1.0), digits=18), [100.0, 1e4])
    wanted = [mpmath.mpf(value) for value in ("0.01389137371646584042792", "0.00321397554634912710161")]
    for loss, error, value, open_digits in zip(curve.losses, curve.errors, wanted, (8e-18, 8e-16), strict=True):
        assert abs(loss - value) < error + open_digits
        assert error < 2e-13 * value


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf"), [1.0, -2.0]])
def test_times_must_be_possible(wrong):
    with pytest.raises(ValueError, match="finite and at least 0"):
        loss_curve(_modes(3, HalfSpacePower(0)), wrong)


def test_oscillating_tails_have_no_local_exponent():
    with pytest.raises(ValueError, match="differences of loss_curve"):
        local_exponents(_modes(3, Cap(1.0)), 10.0)


def test_classes_must_pair_up():
    modes = _modes(3, HalfSpacePower(0))
    with pytest.raises(ValueError, match="give as many"):
        replace(modes, eigenvalues=modes.eigenvalues[:1])


def test_the_curve_has_one_entry_per_time():
    curve = loss_curve(_modes(3, HalfSpacePower(0)), [1.0, 2.0, 3.0])
    assert curve.times.shape == curve.losses.shape == curve.errors.shape == curve.summed.shape == (3,)
