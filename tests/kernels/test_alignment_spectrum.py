"""Shares of a target along the eigenvectors of a kernel, against dense eigenvectors and gradients."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels.alignment import alignment
from spectra.kernels.alignment_spectrum import alignment_spectrum
from spectra.kernels.jacobian import jacobian
from spectra.kernels.operator import kernel_operator
from spectra.kernels.regression_matrices import matrix_operator
from tests.kernels.dense_kernels import dense_jacobian
from tests.networks import mlp


def test_shares_are_those_of_the_squared_gradient_along_singular_vectors():
    module, inputs, targets = mlp(), torch.randn(20, 4), torch.randn(60, 2)
    slopes = dense_jacobian(module, inputs)
    _, singular, right = torch.linalg.svd(slopes)
    found = alignment_spectrum(kernel_operator(jacobian(module, inputs)), targets, 4)
    gradients = slopes.T @ targets
    expected = (right[:4] @ gradients).square() / gradients.square().sum(0)
    assert found.converged
    assert_close(found.values, singular[:4].square())
    assert_close(found.shares, expected, rtol=1e-4, atol=1e-8)
    assert_close(found.energies, alignment(jacobian(module, inputs), targets).values)


def test_over_all_eigenvectors_weights_and_shares_sum_to_one():
    factor = torch.randn(12, 12)
    found = alignment_spectrum(matrix_operator(factor @ factor.T), torch.randn(12), 12, tolerance=1e-12)
    assert found.weights.shape == found.shares.shape == (12, 1)
    assert_close(found.weights.sum(0), torch.ones(1))
    assert_close(found.shares.sum(0), torch.ones(1))
    assert_close((found.values[:, None] * found.weights).sum(0), found.energies)


def test_an_eigenvector_has_its_whole_share_along_itself():
    operator = matrix_operator(torch.diag(torch.arange(9.0, 0, -1)))
    found = alignment_spectrum(operator, 5 * torch.eye(9)[:, [1]], 3)
    for share in (found.weights, found.shares):
        assert_close(share, torch.tensor([[0.0], [1.0], [0.0]]), atol=1e-6, rtol=0)
    assert_close(found.energies, torch.tensor([8.0]))


def test_targets_without_shares_are_refused():
    operator = matrix_operator(torch.diag(torch.tensor([2.0, 1.0, 0.0])))
    with pytest.raises(ValueError, match=r"targets \[1\] have no alignment"):
        alignment_spectrum(operator, torch.eye(3)[:, [0, 2]], 1)
    with pytest.raises(ValueError, match=r"shape \(4,\) .* \(3,\)"):
        alignment_spectrum(operator, torch.ones(4), 1)
    with pytest.raises(ValueError, match="1 of the 3 numbers of the targets is not finite"):
        alignment_spectrum(operator, torch.tensor([1.0, torch.nan, 0.0]), 1)
