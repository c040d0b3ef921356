import pytest
import torch
from torch.testing import assert_close

from spectra.operators import SymmetricOperator, preconditioned
from tests.references import symmetric_matrix


def operator_of(matrix: torch.Tensor) -> SymmetricOperator:
    return SymmetricOperator(len(matrix), lambda block: matrix @ block, matrix.dtype, matrix.device)


def test_operators_combine_like_matrices():
    a, b = symmetric_matrix(torch.randn(5)), symmetric_matrix(torch.randn(5))
    combined = 2 * operator_of(a) - operator_of(b).shifted(0.5) + operator_of(b) * 3
    assert_close(combined.dense(), 2 * a - b - 0.5 * torch.eye(5) + 3 * b)


def test_a_block_is_its_columns():
    matrix = symmetric_matrix(torch.randn(5))
    block = torch.randn(5, 3)
    columns = torch.stack([operator_of(matrix) @ column for column in block.T], 1)
    assert_close(operator_of(matrix) @ block, columns)


def test_preconditioning_has_the_eigenvalues_of_rate_times_curvature():
    matrix, rates = symmetric_matrix(torch.randn(6)), torch.rand(6)
    measured = torch.linalg.eigvalsh(preconditioned(operator_of(matrix), rates).dense())
    expected = torch.linalg.eigvals(torch.diag(rates) @ matrix).real.sort().values
    assert_close(measured, expected)


@pytest.mark.parametrize("block", [torch.zeros(4), torch.zeros(5, 2, 2), torch.zeros(5).float()])
def test_blocks_that_do_not_fit_are_refused(block):
    with pytest.raises(ValueError, match="multiplied by an operator"):
        operator_of(torch.eye(5)) @ block


def test_operators_of_unequal_size_do_not_add():
    with pytest.raises(ValueError, match="cannot be combined"):
        operator_of(torch.eye(5)) + operator_of(torch.eye(4))


@pytest.mark.parametrize("rates", [torch.ones(4), -torch.ones(5), torch.full((5,), float("nan"))])
def test_rates_that_are_none_are_refused(rates):
    with pytest.raises(ValueError, match="diagonal"):
        preconditioned(operator_of(torch.eye(5)), rates)
