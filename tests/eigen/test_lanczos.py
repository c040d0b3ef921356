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


@pytest.mark.parametrize("steps", [0, 9])
def test_spaces_larger_than_the_operator_are_refused(steps):
    with pytest.raises(ValueError, match="Lanczos steps"):
        lanczos(operator_of(torch.eye(8)), torch.ones(8), steps)
