import pytest
import torch
from torch.testing import assert_close

from spectra.eigen.diagonal import diagonal
from tests.eigen.test_eigenpairs import operator_of
from tests.eigen.test_trace import SPECTRA
from tests.references import symmetric_matrix


@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("products", [14, 30, 70])
def test_two_standard_errors_cover_each_entry(name, products):
    matrix = symmetric_matrix(SPECTRA[name])
    inside = []
    for seed in range(20):
        generator = torch.Generator().manual_seed(seed)
        estimate = diagonal(operator_of(matrix), tolerance=1e-12, max_matvecs=products, generator=generator)
        close = (estimate.values - matrix.diag()).abs() <= 2 * estimate.standard_errors + 1e-12
        inside.append(float(close.double().mean()))
    assert sum(inside) / len(inside) > 0.9  # 0.93 to 0.953 expected; entries of one seed are not independent


@pytest.mark.parametrize("name", ["fast decay", "low rank", "outliers"])
def test_few_large_eigenvalues_leave_a_smaller_error(name):
    matrix = symmetric_matrix(torch.cat([SPECTRA[name], torch.zeros(200)]))
    deflating, plain = (
        diagonal(operator_of(matrix), tolerance=1e-12, max_matvecs=60, max_basis=size) for size in (32, 1)
    )
    assert deflating.standard_errors.norm() < plain.standard_errors.norm() / 3
    assert (deflating.values - matrix.diag()).norm() < (plain.values - matrix.diag()).norm() / 2


def test_a_diagonal_matrix_needs_no_luck():
    # Sign vectors see the diagonal exactly: v * Dv = diagonal of D.
    exact = torch.linspace(-1, 4, 30)
    estimate = diagonal(operator_of(torch.diag(exact)))
    assert_close(estimate.values, exact)
    assert (estimate.matvecs, estimate.converged) == (8, True)


def test_it_stops_at_the_tolerance():
    matrix = symmetric_matrix(torch.linspace(1, 2, 300))
    estimate = diagonal(operator_of(matrix), tolerance=0.05)
    assert estimate.converged
    assert estimate.values.shape == estimate.standard_errors.shape == (300,)
    assert estimate.standard_errors.norm() <= 0.05 * estimate.values.norm()
    assert (estimate.values - matrix.diag()).norm() < 0.06 * matrix.diag().norm()


@pytest.mark.parametrize("dimension", [1, 8, 40])
def test_few_dimensions_end_exactly(dimension):
    matrix = symmetric_matrix(torch.randn(dimension))
    estimate = diagonal(operator_of(matrix), tolerance=1e-9)
    assert_close(estimate.values, matrix.diag(), rtol=0, atol=1e-7)
    assert estimate.converged
    assert estimate.matvecs <= max(8, 2.3 * dimension)


def test_running_out_of_products_is_a_result():
    estimate = diagonal(operator_of(symmetric_matrix(torch.linspace(-1, 1, 90))), tolerance=0.01, max_matvecs=20)
    assert (estimate.matvecs, estimate.converged) == (20, False)


def test_the_zero_matrix_has_diagonal_zero():
    estimate = diagonal(operator_of(torch.zeros(50, 50)))
    assert estimate.converged
    assert_close(estimate.values, torch.zeros(50))


def test_single_precision_agrees_with_double():
    matrix = symmetric_matrix(SPECTRA["outliers"])
    single, double = (diagonal(operator_of(part), tolerance=1e-9, max_matvecs=40) for part in (matrix.float(), matrix))
    assert single.values.dtype == torch.float64
    assert_close(single.values, double.values, rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"), [({"max_matvecs": 3}, "8 or more"), ({"tolerance": 0.0}, "positive")]
)
def test_bad_requests_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        diagonal(operator_of(torch.eye(4)), **arguments)


def test_products_that_are_not_finite_stop_at_once():
    with pytest.raises(FloatingPointError, match="product 1"):
        diagonal(operator_of(torch.full((30, 30), float("nan"))))
