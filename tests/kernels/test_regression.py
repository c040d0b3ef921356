"""Kernel regression by eigenvectors and by conjugate gradients."""

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels.regression import kernel_regression
from spectra.kernels.regression_matrices import kernel_matrix, matrix_operator, relative_ridge
from spectra.kernels.regression_solver import conjugate_gradients
from tests.references import symmetric_matrix


def power_law_kernel(count=80, exponent=2.0):
    return symmetric_matrix(torch.arange(1.0, count + 1) ** -exponent)


@pytest.mark.parametrize("solver", ["eigh", "cg"])
@pytest.mark.parametrize("ridge", [0.0, 0.01])
@pytest.mark.parametrize("shape", [(80,), (80, 3)])
def test_both_solvers_equal_a_dense_solve(solver, ridge, shape):
    kernel, cross, targets = power_law_kernel(), torch.randn(4, 80), torch.randn(shape)
    found = kernel_regression(kernel, cross, targets, ridge=ridge, solver=solver)
    expected = cross @ torch.linalg.solve(kernel + ridge * torch.eye(80), targets.reshape(80, -1))
    assert_close(found.predictions, expected.reshape(4, *shape[1:]), rtol=1e-6, atol=1e-6)
    assert found.converged
    assert found.residual < 1e-9
    assert found.smallest == (pytest.approx(80**-2.0 + ridge) if solver == "eigh" else None)


def test_ridge_regression_of_features_has_the_same_predictions():
    features, tested, targets = torch.randn(20, 5), torch.randn(3, 5), torch.randn(20)
    found = kernel_regression(features @ features.T, tested @ features.T, targets, ridge=0.3)
    weights = torch.linalg.solve(features.T @ features + 0.3 * torch.eye(5), features.T @ targets)
    assert_close(found.predictions, tested @ weights)


def test_a_kernel_of_all_outputs_is_solved_as_a_matrix_with_the_output_fastest():
    jacobian, tested = torch.randn(4, 2, 30), torch.randn(3, 2, 30)
    kernel = torch.einsum("nop,mqp->nmoq", jacobian, jacobian)
    cross = torch.einsum("nop,mqp->nmoq", tested, jacobian)
    flat = jacobian.flatten(0, 1)
    assert_close(kernel_matrix(kernel), flat @ flat.T)
    targets = torch.randn(4, 2)
    weights = torch.linalg.lstsq(flat, targets.flatten()).solution
    assert_close(kernel_regression(kernel, cross, targets).predictions, tested @ weights)


def test_the_preconditioner_saves_steps_and_an_exact_one_needs_one():
    operator, targets = matrix_operator(power_law_kernel(300, 1.5)), torch.randn(300)
    plain, helped, exact = (conjugate_gradients(operator, targets, ridge=1e-4, rank=rank) for rank in (0, 60, 300))
    assert helped.matvecs - 60 < plain.matvecs / 2
    assert exact.matvecs <= 300 + 4
    assert all(solution.converged for solution in (plain, helped, exact))


def test_an_operator_in_single_precision_is_solved_to_its_precision():
    kernel, targets = power_law_kernel().float(), torch.randn(80)
    found = conjugate_gradients(matrix_operator(kernel), targets, ridge=0.1, tolerance=1e-5)
    expected = torch.linalg.solve(kernel.double() + 0.1 * torch.eye(80), targets)
    assert found.converged
    assert_close(found.coefficients[:, 0], expected, rtol=1e-3, atol=1e-3)


def test_not_getting_there_is_said():
    operator = matrix_operator(power_law_kernel(300, 2.0))
    found = conjugate_gradients(operator, torch.randn(300), rank=0, max_steps=5)
    assert not found.converged
    assert found.residual > 1e-3


def test_a_singular_kernel_without_a_ridge_is_not_solved_in_silence():
    inputs = torch.randn(300, 6)
    inputs[150:] = inputs[:150]
    kernel = torch.exp(-torch.cdist(inputs, inputs).square() / 2)
    for rank in (0, 20, 300):
        with pytest.raises(ValueError, match=r"singular: .* add a ridge"):
            conjugate_gradients(matrix_operator(kernel), torch.randn(300), rank=rank)
    for solver in ("eigh", "cg"):
        with pytest.raises(ValueError, match="add a ridge"):
            kernel_regression(torch.ones(3, 3), torch.ones(2, 3), torch.tensor([1.0, 2.0, 4.0]), solver=solver)


def test_a_singular_kernel_whose_targets_are_in_its_range_has_a_solution_of_least_norm():
    factor, weights = torch.randn(40, 5), torch.randn(5)
    found = conjugate_gradients(matrix_operator(factor @ factor.T), factor @ weights, rank=3)
    assert found.converged
    assert_close(factor.T @ found.coefficients[:, 0], weights)


@pytest.mark.parametrize("solver", ["eigh", "cg"])
def test_a_residual_that_matters_is_said(solver):
    """Eigenvalues down to 1e-13 of the largest: rounding alone leaves more than 1e-6."""
    kernel = symmetric_matrix(torch.logspace(0, -13, 200))
    with pytest.warns(UserWarning, match="leave a residual of"):
        found = kernel_regression(kernel, kernel, torch.randn(200), solver=solver)
    assert not found.converged
    assert found.residual > 1e-6


def test_a_kernel_that_is_not_symmetric_is_refused_by_both_solvers():
    for solver in ("eigh", "cg"):
        with pytest.raises(ValueError, match="differs from its transpose"):
            kernel_regression(torch.ones(3, 3).triu(), torch.ones(2, 3), torch.ones(3), solver=solver)


def test_products_that_are_not_finite_are_refused():
    with pytest.raises(FloatingPointError, match="not finite"):
        conjugate_gradients(matrix_operator(torch.full((3, 3), torch.nan)), torch.ones(3))


def test_targets_of_zero_have_a_prediction_of_zero():
    for solver in ("eigh", "cg"):
        found = kernel_regression(power_law_kernel(), torch.randn(4, 80), torch.zeros(80), solver=solver)
        assert_close(found.predictions, torch.zeros(4))


def test_a_relative_ridge_is_a_share_of_the_mean_of_the_diagonal():
    assert relative_ridge(torch.diag(torch.tensor([1.0, 3.0])), 0.1) == pytest.approx(0.2)
    with pytest.raises(ValueError, match="-2 on its diagonal"):
        relative_ridge(torch.diag(torch.tensor([1.0, -2.0])), 0.1)
    with pytest.raises(ValueError, match="square"):
        relative_ridge(torch.ones(2, 3), 0.1)


ONES, LINE = torch.ones(3, 3), torch.ones(2, 3)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: kernel_regression(ONES, LINE, torch.ones(3)), ValueError, "2 of 3 eigenvalues"),
        (lambda: kernel_regression(-torch.eye(3), LINE, torch.ones(3)), ValueError, "eigenvalue -1"),
        (lambda: kernel_regression(-torch.eye(3), LINE, torch.ones(3), solver="cg"), ValueError, "curvature -"),
        (lambda: kernel_regression(ONES, LINE, torch.ones(4)), ValueError, "4"),
        (lambda: kernel_regression(ONES[:2], LINE, torch.ones(2)), ValueError, "square"),
        (lambda: kernel_regression(ONES, LINE.T, torch.ones(3), ridge=1.0), ValueError, "3, 2"),
        (
            lambda: kernel_regression(ONES, LINE, torch.full((3,), torch.nan)),
            ValueError,
            "3 of the 3 numbers",
        ),
        (lambda: kernel_regression(ONES, LINE, torch.ones(3), ridge=-0.5), ValueError, "-0.5"),
        (lambda: kernel_regression(ONES, LINE, torch.ones(3), solver="lu"), ValueError, "lu"),
        (lambda: kernel_regression(matrix_operator(ONES), LINE, torch.ones(3)), TypeError, "cg"),
        (lambda: kernel_regression(ONES, LINE.to("meta"), torch.ones(3), ridge=1.0), ValueError, "meta"),
        (lambda: conjugate_gradients(matrix_operator(ONES), torch.ones(4)), ValueError, r"\(4,\) do not fit"),
        (
            lambda: conjugate_gradients(matrix_operator(ONES), torch.full((3,), torch.nan)),
            ValueError,
            "3 of the 3 numbers",
        ),
        (lambda: conjugate_gradients(matrix_operator(ONES), torch.ones(3), rank=-1), ValueError, "rank is -1"),
        (lambda: conjugate_gradients(matrix_operator(ONES), torch.ones(3), ridge=-1.0), ValueError, "ridge of -1"),
    ],
)
def test_bad_input_is_refused_with_its_numbers(call, error, words):
    with pytest.raises(error, match=words):
        call()
