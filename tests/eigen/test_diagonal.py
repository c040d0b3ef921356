import pytest
import torch
from torch.testing import assert_close

from spectra.eigen.diagonal import diagonal
from tests.eigen.spectra import DECAYS
from tests.references import operator_of, symmetric_matrix


@pytest.mark.parametrize("name", DECAYS)
@pytest.mark.parametrize("products", [14, 30, 70])
def test_two_standard_errors_cover_each_entry(name, products):
    matrix = symmetric_matrix(DECAYS[name])
    inside = []
    for seed in range(20):
        generator = torch.Generator().manual_seed(seed)
        estimate = diagonal(operator_of(matrix), tolerance=1e-12, max_matvecs=products, generator=generator)
        close = (estimate.values - matrix.diag()).abs() <= 2 * estimate.standard_errors + 1e-12
        inside.append(float(close.double().mean()))
    assert sum(inside) / len(inside) > 0.9  # 0.93 to 0.953 expected; entries of one seed are not independent


@pytest.mark.parametrize("name", ["fast decay", "low rank", "outliers"])
def test_few_large_eigenvalues_leave_a_smaller_error(name):
    matrix = symmetric_matrix(torch.cat([DECAYS[name], torch.zeros(200)]))
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
