import pytest
import torch
from torch.testing import assert_close

from spectra.eigen.trace import trace
from spectra.operators import SymmetricOperator
from tests.eigen.spectra import DECAYS
from tests.references import operator_of, symmetric_matrix


def test_the_trace_of_a_diagonal_matrix_needs_no_luck():
    # Sign vectors see the diagonal exactly: v'Dv = trace(D).
    estimate = trace(operator_of(torch.diag(torch.linspace(-1, 4, 30))))
    assert_close(estimate.value, 45.0)
    assert estimate.standard_error < 1e-12
    assert (estimate.matvecs, estimate.converged) == (8, True)


@pytest.mark.parametrize("name", ["fast decay", "low rank", "outliers"])
def test_few_large_eigenvalues_take_few_products(name):
    eigenvalues = torch.cat([DECAYS[name], torch.zeros(400)])
    estimate = trace(operator_of(symmetric_matrix(eigenvalues)), tolerance=0.05)
    assert estimate.converged
    assert estimate.value == pytest.approx(float(eigenvalues.sum()), rel=0.2)
    # Hutchinson's estimator needs the variance of one probe over the square of the error asked for.
    plain = 2 * float(eigenvalues.square().sum() / (0.05 * eigenvalues.sum()) ** 2)
    assert estimate.matvecs < plain / 4


def test_comparable_eigenvalues_take_no_more_than_plain_sampling():
    operator = operator_of(symmetric_matrix(torch.rand(200)))
    for seed in range(10):
        deflating, plain = (
            trace(operator, tolerance=0.01, max_basis=size, generator=torch.Generator().manual_seed(seed))
            for size in (32, 1)
        )
        assert deflating.matvecs <= plain.matvecs


def test_it_stops_at_the_tolerance():
    estimate = trace(operator_of(symmetric_matrix(torch.linspace(0, 2, 200))), tolerance=0.01)
    assert estimate.converged
    assert estimate.standard_error <= 0.01 * estimate.value
    assert estimate.value == pytest.approx(200, rel=0.05)


def test_a_trace_near_zero_does_not_converge_but_tells_its_error():
    operator = operator_of(symmetric_matrix(torch.linspace(-1, 1, 150)))
    estimate = trace(operator, max_matvecs=100)
    assert (estimate.matvecs, estimate.converged) == (100, False)
    assert abs(estimate.value) < 3 * estimate.standard_error
    absolute = trace(operator, absolute_tolerance=5.0, max_matvecs=100)
    assert absolute.converged
    assert absolute.standard_error <= 5.0


def test_products_are_counted_and_the_last_one_is_used():
    matrix, calls = symmetric_matrix(torch.linspace(-1, 1, 50)), []
    operator = SymmetricOperator(50, lambda block: calls.append(1) or matrix @ block, matrix.dtype, matrix.device)
    assert trace(operator, tolerance=1e-6, max_matvecs=29).matvecs == len(calls) == 29


def test_a_negative_absolute_tolerance_is_refused():
    with pytest.raises(ValueError, match="zero or more"):
        trace(operator_of(torch.eye(4)), absolute_tolerance=-1.0)
