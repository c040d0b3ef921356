import pytest
import torch
from torch.testing import assert_close

from spectra.eigen import lanczos
from tests.references import operator_of, symmetric_matrix


def test_the_basis_is_orthonormal_and_the_recurrence_holds():
    matrix = symmetric_matrix(torch.randn(50))
    space = lanczos(operator_of(matrix), torch.randn(50), 30)
    assert_close(space.basis.T @ space.basis, torch.eye(30), rtol=0, atol=1e-12)
    remainder = matrix @ space.basis - space.basis @ space.tridiagonal
    assert_close(remainder[:, :-1], torch.zeros(50, 29), rtol=0, atol=1e-12)
    assert_close(remainder[:, -1].norm(), torch.tensor(space.residual_norm))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_function_of_the_operator_times_the_start_is_that_of_the_tridiagonal_matrix(sign):
    matrix, start = symmetric_matrix(torch.linspace(-1, 1, 20)), sign * torch.randn(20).abs()
    space = lanczos(operator_of(matrix), start, 15)
    found = start.norm() * space.basis @ torch.linalg.matrix_exp(space.tridiagonal)[:, 0]
    assert_close(found, torch.linalg.matrix_exp(matrix) @ start, rtol=0, atol=1e-12)


@pytest.mark.parametrize("start", [torch.arange(5), torch.full((5,), 1e30, dtype=torch.float32)])
def test_a_start_in_whole_numbers_or_of_any_length_has_a_direction(start):
    space = lanczos(operator_of(torch.diag(torch.arange(5.0))), start, 2)
    assert_close(space.basis[:, 0], start.double() / start.double().norm())


@pytest.mark.parametrize("length", [1e-60, 1e-42, 1e60])
def test_a_start_beyond_the_range_of_the_operator_has_a_direction(length):
    start = torch.tensor([1.0, -2.0, 3.0, 4.0, -5.0], dtype=torch.float64)
    space = lanczos(operator_of(torch.diag(torch.arange(5.0, dtype=torch.float32))), length * start, 2)
    assert_close(space.basis[:, 0], (start / start.norm()).float())


@pytest.mark.parametrize("steps", [0, 9])
def test_spaces_larger_than_the_operator_are_refused(steps):
    with pytest.raises(ValueError, match="Lanczos steps"):
        lanczos(operator_of(torch.eye(8)), torch.ones(8), steps)
