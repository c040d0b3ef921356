import pytest
import torch
from torch.testing import assert_close

from spectra.operators import preconditioned
from tests.references import operator_of, symmetric_matrix


def test_it_is_the_matrix_between_two_roots():
    matrix, rates = symmetric_matrix(torch.randn(7)), torch.rand(7)
    measured = preconditioned(operator_of(matrix), rates)
    root = torch.diag(rates.sqrt())
    assert_close(measured.dense(), root @ matrix @ root)
    vector = torch.randn(7)
    assert_close(measured @ vector, root @ matrix @ root @ vector)


def test_a_rate_of_zero_takes_a_weight_out():
    matrix = symmetric_matrix(torch.rand(4))
    measured = preconditioned(operator_of(matrix), torch.tensor([1.0, 0.0, 1.0, 1.0])).dense()
    assert not measured[1].any()
    assert_close(measured[2:, 2:], matrix[2:, 2:])


@pytest.mark.parametrize(
    ("diagonal", "error", "message"),
    [
        (torch.ones(3), ValueError, r"shape \(3,\)"),
        (torch.ones(5, 1), ValueError, "one entry is needed for each of 5"),
        (torch.tensor([1, 1, -1, 1, 1.0]), ValueError, "negative, infinite or undefined"),
        (torch.tensor([1, 1, float("nan"), 1, 1.0]), ValueError, "negative, infinite or undefined"),
        (torch.tensor([1, 1, float("inf"), 1, 1.0]), ValueError, "negative, infinite or undefined"),
        ([1.0] * 5, TypeError, "is a list"),
    ],
)
def test_impossible_diagonals_are_refused(diagonal, error, message):
    with pytest.raises(error, match=message):
        preconditioned(operator_of(torch.eye(5)), diagonal)
