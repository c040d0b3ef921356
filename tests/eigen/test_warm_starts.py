"""Eigenpairs from start vectors near them."""

import pytest
import torch
from torch.testing import assert_close

from spectra.eigen import top_eigenpairs
from tests.references import operator_of, symmetric_matrix


@pytest.mark.parametrize("count", [1, 3, 5, 8])
def test_starting_from_the_answer_ends_at_once(count):
    operator = operator_of(symmetric_matrix(torch.randn(200)))
    exact = torch.linalg.eigh(operator.dense())
    first = top_eigenpairs(operator, count)
    for start in (first.start, exact.eigenvectors[:, -count - 1 :].flip(1)):
        again = top_eigenpairs(operator, count, start=start)
        assert again.converged
        assert again.matvecs <= count + 8
        assert_close(again.values, exact.eigenvalues.flip(0)[:count], rtol=1e-3, atol=0)


def test_a_warm_start_saves_products():
    matrix = symmetric_matrix(torch.linspace(0, 1, 200))
    cold = top_eigenpairs(operator_of(matrix), generator=torch.Generator().manual_seed(1))
    warm = top_eigenpairs(operator_of(matrix), start=cold.start, generator=torch.Generator().manual_seed(2))
    assert warm.matvecs < cold.matvecs / 2


@pytest.mark.parametrize("which", ["largest", "smallest", "both"])
def test_a_warm_start_follows_a_matrix_that_turns(which):
    spectrum = torch.cat([torch.linspace(-0.5, 0.5, 300), torch.tensor([-2.0, -1.8, -1.5, 1.4, 1.9, 2.0])])
    matrix, turn = symmetric_matrix(spectrum), torch.randn(306, 306)
    rotation = torch.linalg.matrix_exp(0.0005 * (turn - turn.T))
    first = top_eigenpairs(operator_of(matrix), 2, which=which)
    turned = operator_of(rotation @ matrix @ rotation.T)
    warm, cold = top_eigenpairs(turned, 2, which=which, start=first.start), top_eigenpairs(turned, 2, which=which)
    assert_close(warm.values, cold.values, rtol=2e-3, atol=0)
    assert warm.matvecs <= cold.matvecs


def test_a_warm_start_in_the_wrong_eigenvector_still_finds_the_top():
    matrix = torch.diag(torch.linspace(0, 1, 100))
    start = torch.eye(100)[:, 50]
    pairs = top_eigenpairs(operator_of(matrix), start=start)
    assert pairs.converged
    assert_close(pairs.values[0], torch.tensor(1.0), rtol=1e-3, atol=0)
