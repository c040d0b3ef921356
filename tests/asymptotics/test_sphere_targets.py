import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from spectra.asymptotics.harmonics import multiplicities
from spectra.asymptotics.precision import working_precision
from spectra.asymptotics.sphere_kernels import ShallowKernel
from spectra.asymptotics.sphere_targets import Cap, GaussianDraw, HalfSpacePower, sphere_modes
from tests.asymptotics.sphere_quadrature import legendre


def _energy(target, dimension, degree, low):
    """N(d, k) E[f P_k]^2 by quadrature over cosines from `low` to 1, where the target is not zero."""
    half = mpmath.mpf(dimension) / 2
    front = mpmath.gamma(half) / (mpmath.sqrt(mpmath.pi) * mpmath.gamma(half - mpmath.mpf(1) / 2))
    angles = mpmath.linspace(0, mpmath.acos(low), 3)

    def integrand(angle):
        cosine = mpmath.cos(angle)
        return target(cosine) * legendre(dimension, degree, cosine) * mpmath.sin(angle) ** (dimension - 2)

    return multiplicities(dimension, degree + 1)[degree] * float(front * mpmath.quad(integrand, angles)) ** 2


@pytest.mark.parametrize("dimension", [2, 3, 6])
@pytest.mark.parametrize("power", [0, 1, 3])
def test_energies_of_half_space_powers_are_those_of_quadrature(dimension, power):
    found = HalfSpacePower(power).energies(dimension, 8, None)
    wanted = [_energy(lambda u: u**power, dimension, k, 0) for k in range(8)]
    assert_allclose(found, wanted, rtol=1e-12, atol=1e-25)


@pytest.mark.parametrize("dimension", [2, 3, 6])
@pytest.mark.parametrize("angle", [0.4, 2.0])
def test_energies_of_caps_are_those_of_quadrature(dimension, angle):
    found = Cap(angle).energies(dimension, 7, None)
    assert_allclose(found, [_energy(lambda u: 1, dimension, k, np.cos(angle)) for k in range(7)], rtol=1e-11)


def test_energies_of_a_cap_of_one_radian_have_all_digits():
    # Computed with 32 digits by the recurrence of the Legendre polynomials.
    wanted = {3: ("0.094006493562303694532", "0.0090646112398019231843"), 4: ("0.063945884729129784262", None)}
    for dimension, (first, fifth) in wanted.items():
        with working_precision(20):
            found = Cap(1.0).energies(dimension, 6, 20)
            assert abs(found[1] / mpmath.mpf(first) - 1) < mpmath.mpf(10) ** -19
            assert fifth is None or abs(found[5] / mpmath.mpf(fifth) - 1) < mpmath.mpf(10) ** -19


@pytest.mark.parametrize("angle", [0.7, 1.5, 2.4])
def test_energies_of_a_cap_sum_to_its_even_and_odd_parts(angle):
    for dimension in (2, 3, 5):
        energies = Cap(angle).energies(dimension, 20_001, None)
        for parity, tail in enumerate(Cap(angle).tails(dimension, None)):
            # The rest is the mean energy beyond: e / (2 K), as far as that mean is one.
            rest = tail.series.coefficients[0] / (2 * 20_000)
            assert_allclose(energies[parity::2].sum() + rest, tail.total, atol=0.02 * rest)


def test_a_random_start_has_the_energy_of_its_covariance():
    covariance = ShallowKernel(3, bias="normal", layers="output")
    energies = sphere_modes(ShallowKernel(3, bias="zero"), GaussianDraw(covariance)).head(400)[1]
    assert_allclose(energies.sum(), covariance.trace(), rtol=1e-6)


def test_a_network_of_one_neuron_is_its_own_covariance():
    # E over w of <w, x>_+ <w, y>_+ at unit |w| has the energies of one neuron, 1/d of those of Gaussian weights.
    neuron = HalfSpacePower(1).energies(4, 9, None)
    network = GaussianDraw(ShallowKernel(4, layers="output", variance="standard")).energies(4, 9, None)
    assert_allclose(neuron, network / 4, rtol=1e-13, atol=1e-25)


def test_targets_refuse_what_is_none():
    with pytest.raises(ValueError, match="drawn in dimension"):
        sphere_modes(ShallowKernel(3), GaussianDraw(ShallowKernel(2, layers="output")))
    with pytest.raises(ValueError, match="between 0 and pi"):
        Cap(4.0)
    with pytest.raises(ValueError, match="HalfSpacePower"):
        Cap(np.pi / 2)
    with pytest.raises(ValueError, match="power is -1"):
        HalfSpacePower(-1)
    with pytest.raises(ValueError, match="pass digits=20"):
        sphere_modes(ShallowKernel(784), HalfSpacePower(0))
