from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from spectra.asymptotics.exponent_estimates import eigenvalue_exponent, source_exponent, tail_exponent
from spectra.asymptotics.finite_spectrum import finite_spectrum
from spectra.asymptotics.harmonics import half_space_coefficients, multiplicities
from spectra.asymptotics.spectrum_estimates import disagree, spectrum_estimates
from spectra.asymptotics.sphere_kernels import ShallowKernel
from spectra.asymptotics.sphere_spectra import sphere_eigenvalue_law, sphere_eigenvalues


def exact(nu=1.5, kappa=0.6, modes=600):
    """A spectrum in which all three laws hold exactly, but for the rounding of borders between eigenvalues."""
    k, borders = np.arange(1, modes + 1.0), np.arange(modes + 1) + 0.5
    return 2 * k**-nu, 3 * (borders[:-1] ** -kappa - borders[1:] ** -kappa)


def hemisphere(dimension, modes):
    """The tangent kernel with trained bias on a sphere, and the indicator of a half sphere."""
    kernel, count = ShallowKernel(dimension, bias="zero"), int(3 * modes ** (1 / (dimension - 1))) + 5
    copies = np.asarray(multiplicities(dimension, count)).astype(int)
    values = np.repeat(sphere_eigenvalues(kernel, count), copies)
    weights = np.repeat(half_space_coefficients(dimension, 0, count) ** 2, copies)
    kept = np.argsort(-values, kind="stable")[:modes]
    return kernel, values[kept], weights[kept]


def test_exact_laws_are_found_to_the_last_digits():
    found = spectrum_estimates(finite_spectrum(*exact()))
    assert (found.nu.exponent, found.nu.scale) == pytest.approx((1.5, 2.0), rel=1e-12)
    assert (found.kappa.exponent, found.kappa.scale) == pytest.approx((0.6, 3.0), rel=1e-9)
    # The edges of source bins are geometric means of eigenvalues: exact to the square of one mode over its index.
    assert (found.zeta.exponent, found.zeta.scale) == pytest.approx((0.4, 3 / 2**0.4), rel=1e-4)
    assert found.warnings == ()
    assert found.eigenvalue_law().exponent == found.nu.exponent
    assert found.source_law().kappa(found.eigenvalue_law()) == pytest.approx(0.6, rel=1e-4)


def test_units_change_scales_and_no_exponent():
    eigenvalues, weights = exact()
    weights = weights * np.random.default_rng(0).chisquare(1, weights.size)
    small, large = (spectrum_estimates(finite_spectrum(a * eigenvalues, b * weights)) for a, b in ((1, 1), (1e6, 1e-9)))
    for name, factor in (("nu", 1e6), ("kappa", 1e-9), ("zeta", 1e-9 * 1e6**-small.zeta.exponent)):
        one, other = getattr(small, name), getattr(large, name)
        assert_allclose((other.exponent, other.low, other.high), (one.exponent, one.low, one.high), rtol=1e-9)
        assert other.scale == pytest.approx(one.scale * factor, rel=1e-7)


def test_the_order_of_the_modes_does_not_matter():
    eigenvalues, weights = exact(modes=100)
    order = np.random.default_rng(0).permutation(100)
    one, other = (spectrum_estimates(finite_spectrum(eigenvalues[o], weights[o])) for o in (slice(None), order))
    assert other.zeta.exponent == one.zeta.exponent


@pytest.mark.parametrize(("dimension", "modes"), [(2, 300), (2, 4000), (3, 1000), (3, 10_000), (4, 4000)])
def test_exponents_of_kernels_on_spheres_lie_in_their_intervals(dimension, modes):
    kernel, eigenvalues, weights = hemisphere(dimension, modes)
    spectrum, law = finite_spectrum(eigenvalues, weights), sphere_eigenvalue_law(kernel)
    nu = eigenvalue_exponent(spectrum)
    assert nu.low < law.exponent < nu.high
    assert nu.high - nu.low < 0.12
    kappa, zeta = tail_exponent(spectrum), source_exponent(spectrum)
    assert kappa.low < 1 / (dimension - 1) < kappa.high
    assert zeta.low < 1 / dimension < zeta.high
    assert zeta.high - zeta.low < (0.05 if dimension == 2 or modes == 10_000 else 0.5)


def test_a_spectrum_that_starts_late_is_fitted_late():
    k = np.arange(1, 2001.0)
    nu = eigenvalue_exponent(finite_spectrum(k**-1.5 * (1 + 40 * k**-2.0)))
    assert nu.first > 20
    assert nu.low < 1.5 < nu.high


def test_the_table_holds_every_window_and_the_chosen_one():
    estimate = eigenvalue_exponent(finite_spectrum(exact()[0] * np.exp(0.1 * np.sin(np.arange(600.0)))))
    table = estimate.windows
    at = int((table.half_width / table.exponent**0.5).argmin())
    assert table.half_width[at] == pytest.approx((estimate.high - estimate.low) / 2)
    assert (table.first[at], table.last[at], table.exponent[at]) == (estimate.first, estimate.last, estimate.exponent)
    shapes = {part.shape for part in vars(table).values()}
    assert shapes == {(table.first.size,)}
    assert table.first.min() == 1
    assert table.last.max() == 600


def test_half_of_the_coefficients_may_vanish():
    eigenvalues, weights = exact(modes=4000)
    zeta = source_exponent(finite_spectrum(eigenvalues, weights * (np.arange(4000) % 2)))
    assert zeta.low < 0.4 < zeta.high


@pytest.mark.parametrize("base", [0.5, 0.9, 0.99])
def test_an_exponential_spectrum_is_told_from_a_power_law(base):
    spectrum = finite_spectrum(base ** np.arange(600.0))
    assert any("no power law" in sentence for sentence in eigenvalue_exponent(spectrum).warnings)


def test_a_plateau_of_equal_modes_is_not_taken_for_the_law():
    nu = eigenvalue_exponent(finite_spectrum((np.arange(1, 3001.0) + 50) ** -1.5))
    assert nu.first > 50
    assert nu.low < 1.5 < nu.high


def test_a_rising_tail_has_no_source_law():
    k = np.arange(1, 501.0)
    found = spectrum_estimates(finite_spectrum(k**-2.0, k))
    assert any("zero" in sentence for sentence in found.warnings)
    with pytest.raises(ValueError, match="exponent"):
        found.source_law()


def test_exponents_disagree_when_their_intervals_do():
    found = spectrum_estimates(finite_spectrum(*exact()))
    assert not disagree(found.nu, found.kappa, found.zeta)
    assert disagree(replace(found.nu, exponent=3.0), found.kappa, found.zeta)


@pytest.mark.parametrize(
    ("eigenvalues", "weights", "words"),
    [
        ([3.0, 2.0, 1.0], [1.0, 1.0, 1.0], "bins"),
        (np.ones(500), np.ones(500), "bins"),
        (np.arange(50, 0, -1.0), np.zeros(50), "positive squared coefficient"),
        (np.arange(50, 0, -1.0), None, "needs squared coefficients"),
    ],
)
def test_spectra_that_cannot_be_fitted_are_refused(eigenvalues, weights, words):
    with pytest.raises(ValueError, match=words):
        source_exponent(finite_spectrum(eigenvalues, weights))


def test_levels_out_of_range_are_refused():
    with pytest.raises(ValueError, match="confidence level"):
        eigenvalue_exponent(finite_spectrum(*exact()), level=95.0)


VALUES = st.floats(1e-12, 1e12) | st.sampled_from([0.0, 1.0])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=5, max_size=80))
def test_whatever_the_spectrum_there_is_an_estimate_or_a_reason(modes):
    eigenvalues, weights = [mode[0] for mode in modes], [mode[1] for mode in modes]
    try:
        found = spectrum_estimates(finite_spectrum(eigenvalues, weights))
    except ValueError:
        return
    for part in (found.nu, found.kappa, found.zeta):
        assert np.isfinite((part.exponent, part.low, part.high)).all()
        assert part.low <= part.exponent <= part.high


@pytest.mark.parametrize("nu", [1.5, 3.0])
def test_eigenvalues_of_random_examples_are_off_as_stated(nu):
    generator, k = np.random.default_rng(0), np.arange(1, 3001.0)
    logs = []
    for _ in range(8):
        inputs = generator.standard_normal((300, 3000)) * k ** (-nu / 2)
        logs.append(np.log(np.linalg.eigvalsh(inputs @ inputs.T / 300)[::-1]) + nu * np.log(k[:300]))
    n = np.arange(20, 40)
    off = np.mean(logs, axis=0)[n - 1].mean()
    assert off == pytest.approx(-np.pi / nu / np.tan(np.pi / nu) * n.mean() / 300, abs=0.03)
