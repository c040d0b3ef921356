import pytest
import torch
from torch.testing import assert_close

from spectra.eigen.density import Density, spectral_density
from spectra.eigen.lanczos import lanczos
from tests.eigen.spectra import SPECTRA, operator_of_diagonal
from tests.references import operator_of, symmetric_matrix


@pytest.fixture(scope="module")
def marchenko_pastur() -> Density:
    # Sample covariance of N = 1200 vectors in dimension 400. The data are the first numbers after
    # torch.manual_seed(0): probes that are the same numbers would be found out.
    torch.manual_seed(0)
    data = torch.randn(1200, 400)
    return spectral_density(operator_of(data.T @ data / 1200), probes=20, tolerance=1e-3)


def marchenko_pastur_density(points: torch.Tensor, ratio: float = 1 / 3) -> torch.Tensor:
    low, high = (1 - ratio**0.5) ** 2, (1 + ratio**0.5) ** 2
    return ((high - points) * (points - low)).clamp_min(0).sqrt() / (2 * torch.pi * ratio * points)


@pytest.mark.parametrize("name", SPECTRA)
def test_weights_are_a_distribution_on_the_spectrum(name):
    density = spectral_density(operator_of(symmetric_matrix(SPECTRA[name])), probes=3, steps=20)
    assert density.nodes.shape == density.weights.shape == density.residuals.shape
    assert density.matvecs == 20 + 2 * density.nodes.shape[1]
    assert_close(density.weights.sum(1), torch.ones(3))
    assert (density.weights >= 0).all()
    assert density.nodes.max() <= SPECTRA[name].max() + 1e-9
    assert density.nodes.min() >= SPECTRA[name].min() - 1e-9
    assert density.lowest <= density.nodes.min() + 1e-9
    assert density.highest >= density.nodes.max() - 1e-9


def test_an_eigenvalue_lies_within_the_residual_of_every_node():
    eigenvalues = torch.linspace(-1, 3, 60)
    density = spectral_density(operator_of(symmetric_matrix(eigenvalues)), probes=2, steps=15)
    assert ((density.nodes[..., None] - eigenvalues).abs().amin(-1) <= density.residuals + 1e-12).all()


def test_moments_of_a_probe_are_exact():
    matrix, start = symmetric_matrix(torch.linspace(-1, 2, 40)), torch.randn(40)
    space, unit = lanczos(operator_of(matrix), start, 4), start / start.norm()
    values, vectors = torch.linalg.eigh(space.tridiagonal)
    for power in range(8):  # 2 * 4 - 1 is the last
        expected = unit @ torch.linalg.matrix_power(matrix, power) @ unit
        assert_close((vectors[0].square() * values**power).sum(), expected)


@pytest.mark.parametrize(("power", "exact"), [(1, 1.0), (2, 4 / 3), (3, 2 + 1 / 9)])
def test_moments_cover_those_of_marchenko_and_pastur(marchenko_pastur, power, exact):
    value, error = marchenko_pastur.moment(power)
    # The matrix is itself random: its moments scatter by about 1/400.
    assert abs(value - exact) < 4 * error + 0.02


@pytest.mark.parametrize("width", [None, 0.05])
def test_the_curve_is_the_density_of_marchenko_and_pastur(marchenko_pastur, width):
    bulk = torch.linspace(0.4, 2.2, 30)
    curve = marchenko_pastur.curve(bulk, width=width)
    # 0.02: what 400 eigenvalues and masses a tenth wide leave of the limit of infinitely many and points.
    assert ((curve.values - marchenko_pastur_density(bulk)).abs() < 4 * curve.standard_errors + 0.02).all()


def test_cumulative_and_quantiles_agree_with_marchenko_and_pastur(marchenko_pastur):
    fine = torch.linspace(0.1, 2.6, 20001)
    below = torch.cumulative_trapezoid(marchenko_pastur_density(fine), fine)
    curve = marchenko_pastur.cumulative(fine[1:])
    assert ((curve.values - below).abs() < 4 * curve.standard_errors + 0.01).all()
    fractions = torch.tensor([0.1, 0.5, 0.9])
    quantiles = marchenko_pastur.quantiles(fractions)
    exact = fine[1:][torch.searchsorted(below, fractions)]
    assert ((quantiles.values - exact).abs() < 4 * quantiles.standard_errors + 0.01).all()


@pytest.mark.parametrize("name", [*SPECTRA, "identity", "zero"])
def test_the_grid_holds_all_mass(name):
    eigenvalues = {"identity": torch.ones(40), "zero": torch.zeros(40)}.get(name, SPECTRA.get(name))
    density = spectral_density(operator_of(symmetric_matrix(eigenvalues)), probes=4)
    curve = density.curve()
    assert curve.points[0] < eigenvalues.min()
    assert curve.points[-1] > eigenvalues.max()
    assert float(torch.trapezoid(curve.values, curve.points)) == pytest.approx(1, abs=0.01)
    even = density.curve(width=0.1)
    assert float(torch.trapezoid(even.values, even.points)) == pytest.approx(1, abs=1e-3)


def test_a_narrow_bulk_and_far_outliers_are_both_resolved():
    eigenvalues = torch.cat([torch.linspace(-1e-2, 3e-2, 390), torch.linspace(10, 50, 10)])
    density = spectral_density(operator_of(symmetric_matrix(eigenvalues)))
    points = torch.tensor([-0.02, 0.0, 0.01, 0.02, 0.04, 25.0, 60.0])
    curve = density.cumulative(points)
    exact = (eigenvalues[:, None] <= points).double().mean(0)
    assert ((curve.values - exact).abs() < 4 * curve.standard_errors + 0.01).all()
    flat = density.curve(torch.linspace(0, 0.02, 5))
    assert ((flat.values - 390 / 400 / 0.04).abs() < 4 * flat.standard_errors + 0.05 * 24).all()


def test_many_equal_eigenvalues_are_a_step():
    eigenvalues = torch.cat([torch.zeros(180), torch.linspace(1, 3, 20)])
    curve = spectral_density(operator_of(symmetric_matrix(eigenvalues))).cumulative(torch.tensor([-1e-6, 1e-6, 0.9]))
    assert ((curve.values - torch.tensor([0.0, 0.9, 0.9])).abs() < 4 * curve.standard_errors + 1e-6).all()


def test_the_standard_error_of_the_curve_covers():
    eigenvalues, grid, width = torch.linspace(0, 1, 100), torch.linspace(0, 1, 9), 0.1
    matrix = symmetric_matrix(eigenvalues)
    kernel = torch.exp(-((grid - eigenvalues[:, None]) / width).square() / 2) / (width * (2 * torch.pi) ** 0.5)
    inside = []
    for seed in range(30):
        generator = torch.Generator().manual_seed(seed)
        density = spectral_density(operator_of(matrix), steps=16, generator=generator)
        curve = density.curve(grid, width=width)
        inside.append((curve.values - kernel.mean(0)).abs() < 2.262 * curve.standard_errors)  # 9 degrees of freedom
    assert 0.88 < float(torch.stack(inside).double().mean()) < 0.99  # 0.95 expected


def test_later_probes_stop_where_the_first_could_have():
    operator = operator_of_diagonal(torch.cat([torch.linspace(0, 1, 2990), torch.linspace(5, 20, 10)]))
    loose, strict = (spectral_density(operator, tolerance=tolerance) for tolerance in (0.02, 1e-3))
    assert loose.matvecs < 500
    assert loose.matvecs < strict.matvecs
    points = torch.linspace(-1, 21, 200)
    assert (loose.cumulative(points).values - strict.cumulative(points).values).abs().max() < 2 * 0.02


def test_points_may_come_in_a_list():
    density = spectral_density(operator_of(torch.diag(torch.arange(9.0))), probes=2)
    for measure, points in ((density.curve, [1.0, 2.5]), (density.cumulative, [1.0, 2.5]), (density.quantiles, [0.5])):
        assert_close(measure(points).values, measure(torch.tensor(points)).values, rtol=0, atol=0)


def test_more_steps_than_dimensions_are_not_made():
    assert spectral_density(operator_of(torch.eye(3)), probes=2, steps=50).nodes.shape == (2, 3)


def test_single_precision_gives_the_same_density():
    matrix = symmetric_matrix(torch.linspace(0, 2, 200))
    double, single = (spectral_density(operator_of(part), steps=30) for part in (matrix, matrix.float()))
    assert single.nodes.dtype == torch.float64
    points = torch.linspace(0, 2, 20)
    assert_close(single.cumulative(points).values, double.cumulative(points).values, rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"probes": 1}, "needs two probes or more"), ({"steps": 0}, "one step or more"), ({"tolerance": 0.0}, "positive")],
)
def test_bad_requests_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        spectral_density(operator_of(torch.eye(4)), **arguments)


def test_bad_widths_and_fractions_are_refused():
    density = spectral_density(operator_of(torch.eye(4)))
    with pytest.raises(ValueError, match="width of 0"):
        density.curve(width=0.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        density.quantiles(torch.tensor([1.5]))


def test_products_that_are_not_finite_stop_at_once():
    with pytest.raises(FloatingPointError, match="product 1"):
        spectral_density(operator_of(torch.full((9, 9), float("nan"))))
