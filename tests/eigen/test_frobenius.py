import pytest
import torch
from torch.testing import assert_close

from spectra.eigen.frobenius import frobenius_norm
from tests.references import operator_of, symmetric_matrix


def test_it_stops_at_the_tolerance():
    eigenvalues = torch.linspace(-1, 2, 200)
    estimate = frobenius_norm(operator_of(symmetric_matrix(eigenvalues)), tolerance=0.03)
    assert estimate.converged
    assert estimate.standard_error <= 0.03 * estimate.value
    assert estimate.value == pytest.approx(float(eigenvalues.norm()), rel=0.15)


def test_low_rank_is_exact_after_a_few_more_products_than_the_rank():
    eigenvalues = torch.cat([torch.tensor([5.0, -3.0, 2.0]), torch.zeros(97)])
    estimate = frobenius_norm(operator_of(symmetric_matrix(eigenvalues)), tolerance=1e-6)
    assert_close(estimate.value, 38.0**0.5)
    assert estimate.matvecs == 8
