"""Nystrom approximations and random features against the kernel that they stand for."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from spectra.eigen import top_eigenpairs
from spectra.kernels.features import random_features
from spectra.kernels.jacobian import jacobian
from spectra.kernels.nystrom import kernel_columns, nystrom
from spectra.kernels.operator import kernel_operator, tangent_kernel_operator
from tests.kernels.dense_kernels import dense_kernel
from tests.networks import mlp
from tests.references import symmetric_matrix


def test_it_is_exact_where_the_landmarks_span_the_range():
    factor = torch.randn(30, 4)
    kernel = factor @ factor.T
    found = nystrom(kernel[:, :6], kernel[:6, :6])
    assert found.features.shape == (30, 4)
    assert_close(found.dense(), kernel)
    assert_close(found.values, torch.linalg.eigvalsh(kernel).flip(0)[:4])
    assert_close(kernel @ found.vectors, found.vectors * found.values)


def test_it_is_exact_on_the_landmarks_and_below_the_kernel_elsewhere():
    kernel = symmetric_matrix(torch.logspace(0, -3, 30))
    found = nystrom(kernel[:, :8], kernel[:8, :8]).dense()
    assert_close(found[:, :8], kernel[:, :8])
    assert torch.linalg.eigvalsh(kernel - found)[0] > -1e-12


def test_its_eigenvalues_are_those_of_the_approximation_and_near_those_of_the_kernel():
    module, inputs = mlp(width=32), torch.randn(200, 4)
    operator = tangent_kernel_operator(module, inputs, outputs=0)
    places = torch.randperm(200)[:60]
    columns = kernel_columns(operator, places)
    found, exact = nystrom(columns, columns[places]), torch.linalg.eigvalsh(operator.dense()).flip(0)[:5]
    assert_close(found.values, torch.linalg.eigvalsh(found.dense()).flip(0)[: len(found.values)], atol=1e-9, rtol=1e-9)
    ours = (found.values[:5] / exact - 1).abs().max()
    rescaled = (torch.linalg.eigvalsh(columns[places]).flip(0)[:5] * 200 / 60 / exact - 1).abs().max()
    assert ours < 1e-2
    assert rescaled > 0.03
    assert_close(top_eigenpairs(found.operator(), 2, tolerance=1e-9).values, found.values[:2])


def test_other_examples_have_features_too():
    factor = torch.randn(30, 4)
    kernel = factor @ factor.T
    found = nystrom(kernel[:20, :6], kernel[:6, :6])
    assert_close(kernel[20:, :6] @ found.projection @ found.features.T, kernel[20:, :20])


def test_rounding_of_landmarks_in_single_precision_is_left_out():
    factor = torch.randn(40, 4)
    kernel = (factor @ factor.T).float()
    found = nystrom(kernel[:, :20], kernel[:20, :20])
    assert len(found.values) == 4
    assert_close(found.dense(), factor @ factor.T, rtol=1e-4, atol=1e-4)


def test_a_rank_keeps_the_largest_directions_of_the_landmarks():
    kernel = symmetric_matrix(torch.logspace(0, -3, 30))
    errors = [float((nystrom(kernel[:, :8], kernel[:8, :8], rank=r).dense() - kernel).norm()) for r in (2, 4, 8)]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize(("dtype", "rounding"), [(torch.float64, -2e-11), (torch.float32, -2e-6)])
def test_what_rounding_leaves_below_zero_is_left_out(dtype: torch.dtype, rounding: float):
    kernel = symmetric_matrix(torch.tensor([2.0, 1.0, rounding])).to(dtype)
    assert nystrom(kernel, kernel).values.shape == (2,)
    with pytest.raises(ValueError, match="the kernel has the eigenvalue -"):
        nystrom(kernel, symmetric_matrix(torch.tensor([2.0, 1.0, 100 * rounding])).to(dtype))


def test_bad_landmarks_are_refused():
    kernel = symmetric_matrix(torch.tensor([2.0, 1.0, -1.0]))
    with pytest.raises(ValueError, match="eigenvalue -1 beside the largest, 2"):
        nystrom(kernel, kernel)
    with pytest.raises(ValueError, match=r"\(3, 2\) .* \(3, 3\)"):
        nystrom(kernel[:, :2], kernel)
    with pytest.raises(ValueError, match="rank is 0"):
        nystrom(kernel, kernel @ kernel, rank=0)
    with pytest.raises(ValueError, match="9 of the 9 numbers"):
        nystrom(kernel, kernel / 0)
    with pytest.raises(ValueError, match="3 landmarks is zero"):
        nystrom(kernel, 0 * kernel)
    with pytest.raises(ValueError, match="differs from its transpose"):
        nystrom(kernel, kernel.triu() + torch.eye(3).roll(1, 0))
    for odd in (-1, 1.5, True):
        with pytest.raises(ValueError, match=f"rank is {odd}"):
            nystrom(kernel, kernel @ kernel, rank=odd)
    with pytest.raises(ValueError, match=r"shape \(\)"):
        nystrom(kernel, torch.tensor(1.0))
    operator = tangent_kernel_operator(mlp(), torch.randn(3, 4))
    for places in ([0, 0], [9], [-1], []):
        with pytest.raises(ValueError, match="indices from 0 to 8"):
            kernel_columns(operator, torch.tensor(places, dtype=torch.int64))
    for odd in (torch.tensor(1), torch.ones(2), torch.ones(9, dtype=torch.bool)):
        with pytest.raises(ValueError, match="as whole numbers"):
            kernel_columns(operator, odd)


def test_products_of_random_features_are_the_kernel_in_the_mean():
    module, inputs = mlp(), torch.randn(4, 4)
    slopes, kernel, k = jacobian(module, inputs, chunk=3), dense_kernel(module, inputs), 600
    features = random_features(slopes, k)
    assert features.shape == (12, k)
    diagonal = kernel.diagonal()
    deviation = ((torch.outer(diagonal, diagonal) + kernel.square()) / k).sqrt()
    assert ((features @ features.T - kernel) / deviation).abs().max() < 5


def test_features_of_training_and_test_examples_belong_together():
    module, inputs = mlp(), torch.randn(6, 4)
    together = random_features(jacobian(module, inputs, outputs=1), 20)
    apart = [random_features(jacobian(module, part, outputs=1), 20) for part in inputs.split(4)]
    assert_close(torch.cat(apart), together)


def test_features_of_a_mean_over_outputs_are_refused():
    slopes = jacobian(mlp(), torch.randn(4, 4), outputs="trace")
    with pytest.raises(ValueError, match="mean over 3 outputs"):
        random_features(slopes, 5)
    with pytest.raises(ValueError, match="count is 0"):
        random_features(slopes, 0)
    assert kernel_operator(slopes).dim == 4
