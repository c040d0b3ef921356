import numpy as np
from numpy.testing import assert_allclose

from spectra.asymptotics.finite_spectrum import finite_spectrum
from spectra.asymptotics.spectrum_bins import bin_edges, coefficient_edges, eigenvalue_bins, index_bins


def test_bins_hold_every_mode_and_are_even_in_the_logarithm():
    edges = bin_edges(np.arange(1, 4097.0) ** -1.5)
    assert (edges[0], edges[-1]) == (0, 4096)
    assert (np.diff(edges) > 0).all()
    lengths = np.diff(np.log2(edges[20:] + 0.5))
    assert lengths.min() > 0.1
    assert lengths.max() < 0.7


def test_multiplets_stay_whole():
    degrees = np.repeat(np.arange(1, 40), 2 * np.arange(1, 40) + 1)
    edges = bin_edges(degrees**-3.0 * (1 + 1e-12 * np.random.default_rng(0).standard_normal(degrees.size)))
    assert (degrees[edges[1:-1]] == degrees[edges[1:-1] - 1] + 1).all()


def test_power_laws_pass_through_their_bins():
    k = np.arange(1, 501.0)
    borders = np.arange(501) + 0.5
    spectrum = finite_spectrum(3 * k**-1.5, 2 * (borders[:-1] ** -0.7 - borders[1:] ** -0.7))
    edges = bin_edges(spectrum.eigenvalues)
    means, sums = eigenvalue_bins(spectrum, edges), index_bins(spectrum, edges)
    assert_allclose(means.values, 3 * np.exp(-1.5 * means.centres), rtol=1e-13)
    integrals = 2 * np.exp(-0.7 * sums.centres) * 2 * np.sinh(0.7 * sums.widths / 2)
    assert_allclose(sums.values, integrals, rtol=1e-10)


def test_empty_multiplets_are_joined_with_the_following():
    degrees = np.repeat(np.arange(1, 40), 2 * np.arange(1, 40) + 1)
    spectrum = finite_spectrum(degrees**-3.0, degrees**-2.0 * (degrees % 2))
    edges = coefficient_edges(spectrum)
    assert (np.add.reduceat(spectrum.squared_coefficients, edges[:-1])[1:-1] > 0).all()
    assert set(edges) < set(bin_edges(spectrum.eigenvalues))
