import pytest
import torch
from torch.testing import assert_close

from spectra.eigen import trace
from tests.eigen.test_eigenpairs import operator_of
from tests.references import symmetric_matrix


def test_the_trace_of_a_diagonal_matrix_needs_no_luck():
    # Sign vectors see the diagonal exactly: v'Dv = trace(D).
    estimate = trace(operator_of(torch.diag(torch.linspace(-1, 4, 30))))
    assert_close(estimate.value, 45.0)
    assert estimate.standard_error < 1e-12
    assert (estimate.matvecs, estimate.converged) == (8, True)


def test_the_standard_error_covers_the_truth():
    matrix = symmetric_matrix(torch.arange(1, 61) ** -0.5)
    exact, inside = float(matrix.trace()), 0
    for seed in range(300):
        generator = torch.Generator().manual_seed(seed)
        estimate = trace(operator_of(matrix), tolerance=1e-9, max_matvecs=30, generator=generator)
        inside += abs(estimate.value - exact) < 2.045 * estimate.standard_error  # t quantile, 29 degrees of freedom
    assert 270 <= inside <= 297  # 285 expected; four standard deviations of a binomial count


def test_it_stops_at_the_tolerance():
    estimate = trace(operator_of(symmetric_matrix(torch.linspace(0, 2, 200))), tolerance=0.01)
    assert estimate.converged
    assert estimate.standard_error <= 0.01 * estimate.value
    assert estimate.value == pytest.approx(200, rel=0.05)


def test_running_out_of_products_is_a_result():
    estimate = trace(operator_of(symmetric_matrix(torch.linspace(-1, 1, 50))), tolerance=1e-6, max_matvecs=10)
    assert (estimate.matvecs, estimate.converged) == (10, False)


@pytest.mark.parametrize(
    ("arguments", "message"), [({"max_matvecs": 3}, "8 or more"), ({"tolerance": 0.0}, "positive")]
)
def test_bad_requests_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        trace(operator_of(torch.eye(4)), **arguments)


def test_products_that_are_not_finite_stop_at_once():
    with pytest.raises(FloatingPointError, match="product 1"):
        trace(operator_of(torch.full((3, 3), float("nan"))))
