import pytest
import torch
from torch.testing import assert_close

from spectra.eigen import lanczos, spectral_density
from tests.eigen.test_eigenpairs import SPECTRA, operator_of
from tests.references import symmetric_matrix


@pytest.mark.parametrize("name", SPECTRA)
def test_weights_are_a_distribution_on_the_spectrum(name):
    density = spectral_density(operator_of(symmetric_matrix(SPECTRA[name])), probes=3, steps=20)
    assert density.nodes.shape == density.weights.shape == (3, 20)
    assert density.matvecs == 60
    assert_close(density.weights.sum(1), torch.ones(3))
    assert (density.weights >= 0).all()
    assert density.nodes.max() <= SPECTRA[name].max() + 1e-9
    assert density.nodes.min() >= SPECTRA[name].min() - 1e-9


def test_moments_of_a_probe_are_exact():
    matrix, start = symmetric_matrix(torch.linspace(-1, 2, 40)), torch.randn(40)
    space, unit = lanczos(operator_of(matrix), start, 4), start / start.norm()
    values, vectors = torch.linalg.eigh(space.tridiagonal)
    for power in range(8):  # 2 * 4 - 1 is the last
        expected = unit @ torch.linalg.matrix_power(matrix, power) @ unit
        assert_close((vectors[0].square() * values**power).sum(), expected)


def test_moments_cover_those_of_marchenko_and_pastur():
    # The data are the first numbers after torch.manual_seed(0): probes that are the same numbers would be found out.
    # Sample covariance of N = 1200 vectors in dimension 400, ratio 1/3: moments 1, 1 + 1/3, 1 + 3/3 + 1/9.
    data = torch.randn(1200, 400)
    density = spectral_density(operator_of(data.T @ data / 1200), probes=20, steps=25)
    for power, exact in ((1, 1.0), (2, 4 / 3), (3, 2 + 1 / 9)):
        value, error = density.moment(power)
        # The matrix is itself random: its moments scatter by about 1/400.
        assert abs(value - exact) < 4 * error + 0.02


def test_the_smoothed_density_is_that_of_the_eigenvalues():
    eigenvalues = torch.linspace(0, 1, 300)
    grid, width = torch.linspace(-0.3, 1.3, 60), 0.05
    density, error = spectral_density(operator_of(symmetric_matrix(eigenvalues)), probes=30, steps=60).smoothed(
        grid, width
    )
    kernel = torch.exp(-((grid - eigenvalues[:, None]) / width).square() / 2) / (width * (2 * torch.pi) ** 0.5)
    assert ((density - kernel.mean(0)).abs() < 5 * error + 1e-6).all()
    assert float(torch.trapezoid(density, grid)) == pytest.approx(1, abs=0.01)


def test_more_steps_than_dimensions_are_not_made():
    assert spectral_density(operator_of(torch.eye(3)), probes=2, steps=50).nodes.shape == (2, 3)


@pytest.mark.parametrize("arguments", [{"probes": 1}, {"steps": 0}])
def test_bad_requests_are_refused(arguments):
    with pytest.raises(ValueError, match="at least two probes"):
        spectral_density(operator_of(torch.eye(4)), **arguments)
