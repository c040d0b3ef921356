from fractions import Fraction

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.asymptotics.line_problems import relu_feature_modes, step_feature_modes
from spectra.asymptotics.loss_curves import loss_curve
from spectra.asymptotics.mode_laws import mode_loss_law, mode_source_law

# Computed with 40 digits by summation with Hurwitz zeta tails per residue of the mode number.
STEP = {
    "1": "0.16399068269540028728814232023629",
    "100": "0.010057703338551778727528362203787",
    "1e4": "0.00099735569812668612780218686837699",
}
RELU = {
    "1": "0.2400933993980896754443798998",
    "100": "0.1348021807802626910354524431",
    "1e4": "0.02407145051896376561074338529",
    "1e8": "0.002426128228548773299293596388",
}
COEFFICIENTS = ("0.352095549059827413775797563764", "0.560777385770794360077319750412")
BEAM = ("0.0808906816767832649627954128897", "0.00205965240041969724367140530416")


def _step(digits=None):
    return step_feature_modes(Fraction(1, 3), digits=digits)


def _relu(digits=None):
    return relu_feature_modes(Fraction(1, 4), Fraction(3, 4), digits=digits)


@pytest.mark.parametrize(("modes", "values"), [(_step, STEP), (_relu, RELU)])
def test_losses_are_those_summed_with_forty_digits(modes, values):
    curve = loss_curve(modes(), [float(t) for t in values])
    assert_allclose(curve.losses, [float(value) for value in values.values()], rtol=1e-12)
    exact = loss_curve(modes(digits=25), list(values))
    with mpmath.workdps(40):
        for loss, value in zip(exact.losses, values.values(), strict=True):
            assert abs(loss / mpmath.mpf(value) - 1) < mpmath.mpf(10) ** -24


def test_modes_of_the_beam_have_all_digits():
    eigenvalues, energies = _relu(digits=28).head(2)
    with mpmath.workdps(28):
        for found, value in zip([*eigenvalues, *energies], [*BEAM, *COEFFICIENTS], strict=True):
            wanted = mpmath.mpf(value) ** (2 if value in COEFFICIENTS else 1)
            assert abs(found / wanted - 1) < mpmath.mpf(10) ** -27
    double = _relu().head(2)
    assert_allclose(double[0], [float(value) for value in BEAM], rtol=1e-14)
    assert_allclose(double[1], [float(value) ** 2 for value in COEFFICIENTS], rtol=1e-14)


def test_high_modes_of_the_beam_keep_their_digits_in_double_precision():
    exact = _relu(digits=30).head(200)
    double = _relu().head(200)
    for found, wanted in zip(double, exact, strict=True):
        assert_allclose(found, wanted.astype(float), rtol=1e-12, atol=1e-17)


def test_laws_are_those_of_jumps_on_the_line():
    step, relu = mode_loss_law(_step()), mode_loss_law(_relu())
    assert_allclose([step.exponent, step.constant], [1 / 2, 0.09973557010035816948], rtol=1e-14)
    assert_allclose([relu.exponent, relu.constant], [1 / 4, 0.2426128011415191362], rtol=1e-14)
    assert_allclose(mode_source_law(_relu()).scale, 2 / np.pi, rtol=1e-14)
    # Ratios to the law, computed with 40 digits: convergence is fast in the end, and not monotone.
    assert_allclose(loss_curve(_step(), 1e4).losses / step(1e4) - 1, [-2.885e-9], rtol=1e-3)
    assert_allclose(loss_curve(_relu(), 1e8).losses / relu(1e8) - 1, [8.949799e-8], rtol=1e-5)
    assert_allclose(loss_curve(_relu(), 100.0).losses / relu(100.0), [1.75704630101009511], rtol=1e-12)


def test_energies_sum_to_the_squared_target():
    assert_allclose(loss_curve(_step(), 0.0).losses, [1 / 3], rtol=1e-14)
    assert_allclose(loss_curve(_relu(), 0.0).losses, [1 / 4], rtol=1e-14)


def test_the_beam_inverts_the_kernel_of_relu_features():
    # A dense midpoint rule; eigenvalues of the smooth kernel converge as the squared step.
    x = (np.arange(400) + 0.5) / 400
    features = np.maximum(x[:, None] - x[None, :], 0)
    dense = np.linalg.eigvalsh(features @ features.T / 400**2)[::-1]
    assert_allclose(dense[:4], _relu().head(4)[0], rtol=2e-3)


def test_edges_that_are_no_fractions_are_bounded_instead():
    near = step_feature_modes(1 / 3)
    assert near.energies[0].total is not None
    curve, exact = loss_curve(near, [1.0, 100.0]), loss_curve(_step(), [1.0, 100.0])
    assert np.all(abs(curve.losses - exact.losses) <= curve.errors + exact.errors)
    assert np.all(curve.errors < 1e-12 * curve.losses)
    irrational = relu_feature_modes(0.25, 0.75000001)
    assert_allclose(loss_curve(irrational, 100.0).losses, loss_curve(_relu(), 100.0).losses, rtol=1e-6)


@pytest.mark.parametrize("edges", [(0.0, 0.5), (0.5, 1.0), (0.6, 0.4), (0.4, 0.4), (-0.1, 0.5)])
def test_edges_must_increase_inside_the_interval(edges):
    with pytest.raises(ValueError, match="increase inside"):
        relu_feature_modes(*edges)
