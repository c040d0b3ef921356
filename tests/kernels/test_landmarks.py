"""Landmarks drawn uniformly and by randomly pivoted Cholesky, and the diagonal that the second needs."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from spectra.kernels.kernel_diagonal import BLOCK, kernel_diagonal
from spectra.kernels.landmarks import Choice, kernel_landmarks
from spectra.kernels.nystrom import nystrom
from spectra.kernels.operator import tangent_kernel_operator
from spectra.kernels.regression_matrices import matrix_operator
from tests.networks import mlp
from tests.references import symmetric_matrix


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _missed(kernel: Tensor, count: int, choice: Choice, seed: int) -> float:
    """Trace of the kernel less that of the approximation from the landmarks."""
    found = kernel_landmarks(kernel, count, choice=choice, generator=_seeded(seed))
    return float(kernel.trace() - nystrom(found.columns, found.inner).values.sum())


@pytest.mark.parametrize("choice", ["uniform", "pivoted"])
def test_landmarks_reconstruct_a_kernel_of_low_rank(choice: Choice):
    factor = torch.randn(50, 4)
    kernel = factor @ factor.T
    found = kernel_landmarks(kernel, 10, choice=choice)
    assert len(found.places) == (4 if choice == "pivoted" else 10)
    assert len(set(found.places.tolist())) == len(found.places)
    assert_close(found.columns, kernel[:, found.places])
    assert_close(nystrom(found.columns, found.inner).dense(), kernel)


def test_pivots_find_the_rows_that_uniform_draws_miss():
    """190 examples in one place and 10 far from it and from each other."""
    points = torch.cat([0.05 * torch.randn(190, 2), 20 * torch.randn(10, 2)])
    kernel = torch.exp(-torch.cdist(points, points).square() / 2)
    uniform, pivoted = ([_missed(kernel, 20, choice, seed) for seed in range(5)] for choice in ("uniform", "pivoted"))
    assert min(uniform) > 5
    assert max(pivoted) < 1e-3


def test_the_error_of_pivots_is_within_the_bound_of_the_theory():
    """Twice that of the best rank r is reached, in the mean, from m = r (1 + log(trace / error of rank r)) on."""
    kernel, rank = symmetric_matrix(torch.arange(1.0, 101) ** -2), 5
    best = float((torch.arange(rank + 1.0, 101) ** -2).sum())
    count = int(rank * (1 + torch.log(kernel.trace() / best))) + 1
    errors = torch.tensor([_missed(kernel, count, "pivoted", seed) for seed in range(20)])
    assert errors.mean() < 2 * best
    assert best > errors.min() > 0


def test_the_first_pivot_is_drawn_in_proportion_to_the_diagonal():
    kernel = torch.diag(torch.tensor([3.0, 1.0, 0.0]))
    drawn = [int(kernel_landmarks(kernel, 1, choice="pivoted", generator=_seeded(seed)).places) for seed in range(400)]
    assert drawn.count(2) == 0
    assert abs(drawn.count(0) - 300) < 4 * (400 * 0.75 * 0.25) ** 0.5


@pytest.mark.parametrize("choice", ["uniform", "pivoted"])
def test_an_operator_has_the_landmarks_of_its_matrix(choice: Choice):
    module, inputs = mlp(), torch.randn(30, 4)
    operator, diagonal = tangent_kernel_operator(module, inputs), kernel_diagonal(module, inputs)
    found = kernel_landmarks(operator, 12, choice=choice, diagonal=diagonal)
    expected = kernel_landmarks(operator.dense(), 12, choice=choice)
    assert torch.equal(found.places, expected.places)
    assert_close(found.columns, expected.columns)


def test_single_precision_stops_where_it_is_spent():
    factor = torch.randn(50, 4)
    operator = matrix_operator((factor @ factor.T).float())
    found = kernel_landmarks(operator, 20, choice="pivoted", diagonal=factor.square().sum(1))
    assert len(found.places) == 4
    assert found.columns.dtype == torch.float32
    assert_close(nystrom(found.columns, found.inner).dense(), factor @ factor.T, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("outputs", ["full", "trace", "sum_of_logits", 1])
def test_the_diagonal_is_that_of_the_operator(outputs: str | int):
    module, inputs = mlp(), torch.randn(BLOCK + 1, 4)
    weights = torch.rand(sum(parameter.numel() for parameter in module.parameters()))
    operator = tangent_kernel_operator(module, inputs, outputs=outputs, weights=weights)
    assert_close(kernel_diagonal(module, inputs, outputs=outputs, weights=weights), operator.dense().diagonal())


KERNEL = torch.eye(5)


@pytest.mark.parametrize(
    ("kernel", "count", "options", "words"),
    [
        (KERNEL, 2, {"choice": "best"}, "'best' were asked for; possible"),
        (KERNEL, 6, {}, "6 landmarks of 5 rows"),
        (KERNEL, 0, {}, "count is 0"),
        (KERNEL.roll(1, 0), 2, {}, "differs from its transpose"),
        (torch.zeros(5, 5), 2, {"choice": "pivoted"}, "from 0 to 0"),
        (-KERNEL, 2, {"choice": "pivoted"}, "from -1 to -1"),
        (matrix_operator(KERNEL), 2, {"choice": "pivoted"}, "need its diagonal"),
        (matrix_operator(KERNEL), 2, {"choice": "pivoted", "diagonal": torch.ones(4)}, r"shape \(4,\)"),
        (matrix_operator(KERNEL), 2, {"choice": "pivoted", "diagonal": 2 * torch.ones(5)}, "is 2, and that .* 1;"),
    ],
)
def test_bad_input_is_refused_with_its_numbers(kernel, count: int, options, words: str):
    with pytest.raises(ValueError, match=words):
        kernel_landmarks(kernel, count, **options)


def test_a_diagonal_of_no_examples_or_of_no_tensor_is_refused():
    with pytest.raises(ValueError, match=r"\(0, 4\)"):
        kernel_diagonal(mlp(), torch.zeros(0, 4))
    with pytest.raises(TypeError, match="inputs are a list"):
        kernel_diagonal(mlp(), [1.0])


def test_what_is_printed_is_short_and_names_the_landmarks():
    found = kernel_landmarks(torch.eye(40, dtype=torch.float64), 10, generator=torch.Generator().manual_seed(0))
    first = ", ".join(map(str, found.places[:8].tolist()))
    assert repr(found) == f"Landmarks(10 of 40 rows: {first}, ...)"
    assert repr(nystrom(found.columns, found.inner)) == "Nystrom(40 rows, rank 10, eigenvalues 1 to 1)"
