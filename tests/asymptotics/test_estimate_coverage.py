"""How often intervals of exponents hold the truth; `python -m pytest -m slow -s` on this file prints the table."""

import sys

import numpy as np
import pytest

from spectra.asymptotics.exponent_estimates import eigenvalue_exponent, source_exponent
from spectra.asymptotics.finite_spectrum import finite_spectrum

NU, ZETA = 1.5, 0.5


def scattered_eigenvalues(generator, modes):
    """Relative errors of five percent, independent from mode to mode."""
    k = np.arange(1, modes + 1.0)
    return finite_spectrum(k**-NU * np.exp(0.05 * generator.standard_normal(modes)))


def shifted_eigenvalues(generator, modes):
    """The same around a law whose index is off by one half."""
    k = np.arange(1, modes + 1.0) - 0.5
    return finite_spectrum(k**-NU * np.exp(0.05 * generator.standard_normal(modes)))


def random_coefficients(generator, modes):
    """Squares of normal coefficients."""
    k = np.arange(1, modes + 1.0)
    return finite_spectrum(k**-NU, k ** -(1 + NU * ZETA) * generator.chisquare(1, modes))


def oscillating_coefficients(generator, modes):
    """Every second coefficient zero, the others scattered."""
    k = np.arange(1, modes + 1.0)
    return finite_spectrum(k**-NU, k ** -(1 + NU * ZETA) * generator.chisquare(4, modes) * (k % 2))


def random_kernel(generator, modes):
    """A kernel on random examples, four for each mode that is kept, with a target; squared errors of the law nu = 2."""
    examples, features = 4 * modes, 12 * modes
    k = np.arange(1, features + 1.0)
    inputs = generator.standard_normal((examples, features)) / k
    values, vectors = np.linalg.eigh(inputs @ inputs.T / examples)
    target = inputs @ k ** ((1 - 2 * ZETA) / 2) / examples**0.5
    weights = (vectors.T @ target) ** 2
    return finite_spectrum(values[::-1][:modes], weights[::-1][:modes])


CASES = [
    (scattered_eigenvalues, eigenvalue_exponent, NU),
    (shifted_eigenvalues, eigenvalue_exponent, NU),
    (random_coefficients, source_exponent, ZETA),
    (oscillating_coefficients, source_exponent, ZETA),
    (random_kernel, eigenvalue_exponent, 2.0),
    (random_kernel, source_exponent, ZETA),
]


def simulated(make, estimate, truth, *, modes, spectra):
    """Share of intervals that hold the truth, root mean square error and median half width."""
    generator = np.random.default_rng(0)
    found = [estimate(make(generator, modes)) for _ in range(spectra)]
    held = np.mean([one.low <= truth <= one.high for one in found])
    error = np.mean([(one.exponent - truth) ** 2 for one in found]) ** 0.5
    return float(held), float(error), float(np.median([(one.high - one.low) / 2 for one in found]))


@pytest.mark.parametrize(("make", "estimate", "truth"), [CASES[0], CASES[2]])
def test_intervals_hold_the_truth_of_scattered_spectra(make, estimate, truth):
    held, error, half_width = simulated(make, estimate, truth, modes=200, spectra=50)
    assert held >= 0.88
    assert error < half_width < 6 * error


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("make", "estimate", "truth"), CASES)
def test_coverage_of_a_thousand_spectra(make, estimate, truth):
    for modes, count in ((100, 1000), (1000, 300)) if make is not random_kernel else ((50, 200),):
        held, error, half_width = simulated(make, estimate, truth, modes=modes, spectra=count)
        name = f"{make.__name__}, {estimate.__name__}"
        sys.stdout.write(f"| {name} | {modes} | {count} | {held:.3f} | {error:.4f} | {half_width:.4f} |\n")
        assert held >= 0.93
