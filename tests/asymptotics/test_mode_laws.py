import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.asymptotics.loss_curves import loss_curve
from spectra.asymptotics.mode_laws import loss_expansion, loss_floor, mode_loss_law, mode_source_law
from spectra.asymptotics.sphere_kernels import ShallowKernel
from spectra.asymptotics.sphere_spectra import sphere_eigenvalue_law
from spectra.asymptotics.sphere_targets import Cap, GaussianDraw, HalfSpacePower, sphere_modes

HEMISPHERE, NEURON = HalfSpacePower(0), HalfSpacePower(1)
# Computed with 40 digits from Q = (1/pi) int p (p a)^(-1/d) dS over the edge and its like for kinks and random starts.
CONSTANTS = {
    (2, HEMISPHERE): "0.07052369794346953586850993",
    (3, HEMISPHERE): "0.08260473131278636459689197",
    (4, HEMISPHERE): "0.0813891061707577221656893",
    (2, NEURON): "0.08700512495049543508",
    (3, NEURON): "0.0416666666666666666666667",
    (4, NEURON): "0.02160522934488416720",
    (3, Cap(1.0)): "0.06950948460756202785969812",
    (4, Cap(1.0)): "0.05762946261655902689668743",
    (2, GaussianDraw(ShallowKernel(2, layers="output"))): "0.3480204998019817403",
    (3, GaussianDraw(ShallowKernel(3, layers="output"))): "0.25",
    (4, GaussianDraw(ShallowKernel(4, layers="output"))): "0.1728418347590733376",
}
SOURCES = {2: "0.2250790790392765173887998", 3: "0.2330970385177058071909942", 4: "0.2135662833941106642616491"}
TAILS = {2: "0.2026423672846755428877589", 3: "0.1591549430918953357688838", 4: "0.1405043700179320017349186"}
FLOORS = {2: "0.02367881635766222855612054", 3: "0.03125", 4: "0.03493672565125531427210714"}


def _zero_bias(dimension, target, digits=None):
    return sphere_modes(ShallowKernel(dimension, bias="zero"), target, digits=digits)


@pytest.mark.parametrize(("case", "value"), CONSTANTS.items(), ids=str)
def test_constants_of_the_loss_have_all_digits(case, value):
    dimension, target = case
    law = mode_loss_law(_zero_bias(dimension, target, digits=25))
    odd = 3 if target == NEURON or isinstance(target, GaussianDraw) else 1
    with mpmath.workdps(25):
        assert abs(law.constant / mpmath.mpf(value) - 1) < mpmath.mpf(10) ** -18
        assert abs(law.exponent - mpmath.mpf(odd) / dimension) < mpmath.mpf(10) ** -24
    assert_allclose(mode_loss_law(_zero_bias(dimension, target)).constant, float(value), rtol=1e-14)


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_sources_and_tails_by_index_have_all_digits(dimension):
    source = mode_source_law(_zero_bias(dimension, HEMISPHERE, digits=25))
    eigenvalues = sphere_eigenvalue_law(ShallowKernel(dimension, bias="zero"), digits=25)
    with mpmath.workdps(25):
        assert abs(source.scale / mpmath.mpf(SOURCES[dimension]) - 1) < mpmath.mpf(10) ** -23
        assert abs(source.tail(eigenvalues) / mpmath.mpf(TAILS[dimension]) - 1) < mpmath.mpf(10) ** -23
        assert abs(source.kappa(eigenvalues) - mpmath.mpf(1) / (dimension - 1)) < mpmath.mpf(10) ** -23


@pytest.mark.parametrize(("dimension", "value"), FLOORS.items())
def test_without_bias_the_hemisphere_has_a_floor_and_no_law(dimension, value):
    modes = sphere_modes(ShallowKernel(dimension), HEMISPHERE, digits=25)
    with mpmath.workdps(25):
        assert abs(loss_floor(modes) - mpmath.mpf(value)) < mpmath.mpf(10) ** -23
    with pytest.raises(ValueError, match="no power law"):
        mode_loss_law(modes)


def test_without_bias_the_floor_of_a_cap_is_its_odd_energy():
    for angle in (1.0, 2.2):
        modes = sphere_modes(ShallowKernel(3), Cap(angle))
        measure = np.sin(angle / 2) ** 2
        odd = (measure - max(0, 2 * measure - 1)) / 2
        assert_allclose(loss_floor(modes), (odd - modes.head(2)[1][1]) / 2, rtol=1e-12)
        law = mode_loss_law(modes)
        curve = loss_curve(modes, 1e5)
        assert law.floor == loss_floor(modes)
        assert_allclose(curve.losses, law(1e5), rtol=2e-3)


@pytest.mark.parametrize(("dimension", "tolerance"), [(2, 3e-15), (3, 1e-12), (4, 3e-8)])
def test_the_law_with_its_second_term_meets_the_curve(dimension, tolerance):
    modes = _zero_bias(dimension, HEMISPHERE)
    assert_allclose(loss_curve(modes, 1e6).losses, mode_loss_law(modes)(1e6), rtol=tolerance)


def test_second_terms_of_the_hemisphere_are_known():
    second = mode_loss_law(_zero_bias(4, HEMISPHERE)).second
    assert_allclose(second, (0.5, np.pi / 8 * float(mpmath.gamma(0.75) / mpmath.gamma(0.25))), rtol=1e-12)
    assert mode_loss_law(_zero_bias(2, HEMISPHERE)).second is None
    # On S^2 the ratio of curve and law at t = 1e6 is 1.00000000059784853, computed with 40 digits.
    further, coefficient = mode_loss_law(_zero_bias(3, HEMISPHERE)).second
    assert_allclose(coefficient * 1e6**-further, 5.9784853e-10, rtol=1e-3)


@pytest.mark.parametrize("dimension", [2, 3, 4])
@pytest.mark.parametrize("bias", ["none", "zero", "normal"])
@pytest.mark.parametrize("power", [1, 2])
def test_expansions_close_in_on_the_curve_order_by_order(dimension, bias, power):
    kernel = ShallowKernel(dimension, power=power, bias=bias)
    modes = sphere_modes(kernel, HalfSpacePower(power))
    t = 1e8 if kernel.singularity + dimension == 3 else 1e12
    loss = loss_curve(modes, t).losses[0] - loss_floor(modes)
    terms = [coefficient * t**-exponent for exponent, coefficient in loss_expansion(modes)]
    errors = abs(np.cumsum(terms) / loss - 1)
    assert errors[0] < 0.05
    assert errors[1] < max(0.1 * errors[0], 1e-12)
    assert errors[3] < max(1e-3 * errors[0], 1e-12)


def test_the_window_starts_at_the_largest_eigenvalue():
    law = mode_loss_law(_zero_bias(3, HEMISPHERE), smallest=1e-5)
    assert (law.start, law.end) == (1.0, pytest.approx(1e5))


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("power", [1, 2])
def test_exponents_of_teachers_and_random_starts_are_equal(dimension, power):
    kernel = ShallowKernel(dimension, power=power, bias="zero")
    start = GaussianDraw(ShallowKernel(dimension, power=power, layers="output"))
    wanted = (2 * power + 1) / (dimension - 1 + 2 * power - 1)
    assert_allclose(mode_source_law(sphere_modes(kernel, start)).exponent, wanted, rtol=1e-15)
    assert_allclose(mode_source_law(sphere_modes(kernel, HalfSpacePower(power))).exponent, wanted, rtol=1e-15)
