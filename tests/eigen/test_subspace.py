import pytest
import torch
from torch.testing import assert_close

from spectra.eigen.subspace import Subspace
from spectra.operators.chance import own_generator
from spectra.operators.stack import stacked
from tests.references import operator_of, symmetric_matrix


def grown(matrices: list[torch.Tensor], width: int, steps: int, capacity: int) -> Subspace:
    """A space from random start vectors that grows in random pending directions, with restarts when it is full."""
    space = Subspace(
        stacked([operator_of(matrix) for matrix in matrices]),
        torch.randn(len(matrices), width, len(matrices[0])),
        capacity,
        own_generator(),
    )
    for _ in range(steps):
        if space.size == capacity:
            _, vectors = torch.linalg.eigh(space.projected[:, : space.size, : space.size])
            space.restart(vectors[:, :, -capacity // 2 :])
        combination = torch.randn(len(matrices), space.pending.shape[1])
        space.expand(combination / combination.norm(dim=1, keepdim=True))
    return space


@pytest.mark.parametrize(("width", "steps", "capacity"), [(1, 20, 30), (1, 40, 12), (3, 20, 30), (4, 40, 12)])
def test_the_operator_maps_the_basis_into_basis_and_pending_directions(width, steps, capacity):
    matrices = [symmetric_matrix(torch.randn(50)) for _ in range(2)]
    space = grown(matrices, width, steps, capacity)
    for member, matrix in enumerate(matrices):
        basis, pending = space.basis[member, : space.size].T, space.pending[member].T
        inside, outside = space.projected[member, : space.size, : space.size], space.couplings[member, :, : space.size]
        assert_close(matrix @ basis, basis @ inside + pending @ outside, rtol=0, atol=1e-11)
        both = torch.cat([basis, pending], 1)
        assert_close(both.T @ both, torch.eye(both.shape[1]), rtol=0, atol=1e-12)
        assert space.slack[member].max() < 1e-12
    assert space.spent == steps


def test_a_space_grows_until_it_is_everything():
    matrix = symmetric_matrix(torch.randn(9))
    space = grown([matrix], 3, 9, 9)
    assert space.pending.shape[1] == 0
    basis = space.basis[0].T
    assert_close(basis @ space.projected[0] @ basis.T, matrix)
