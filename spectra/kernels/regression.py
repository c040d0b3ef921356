"""Kernel regression that refuses matrices that are no kernels."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.kernels.regression_matrices import (
    check_ridge,
    cross_matrix,
    kernel_matrix,
    matrix_operator,
    psd_eigenpairs,
    rounding,
    target_columns,
)
from spectra.kernels.regression_solver import conjugate_gradients
from spectra.operators import SymmetricOperator


@dataclass(frozen=True)
class Regression:
    """Predictions K_td (K_dd + ridge I)^-1 y, and how far they can be trusted."""

    predictions: Tensor  # (M,) or (M, O)
    coefficients: Tensor  # (N,) or (N, O), (K_dd + ridge I)^-1 y
    residual: float  # largest |(K_dd + ridge I) c - y| / |y| over the outputs
    converged: bool  # always, for "eigh"
    smallest: float | None  # eigenvalue of K_dd + ridge I; None from "cg", which does not see it
    matvecs: int  # products with the kernel; 0 for "eigh"


def kernel_regression(
    kernel: Tensor | SymmetricOperator,
    cross: Tensor,
    targets: Tensor,
    *,
    ridge: float = 0.0,
    solver: str = "eigh",
    tolerance: float = 1e-10,
) -> Regression:
    """K_td (K_dd + ridge I)^-1 y, by eigenvectors or by preconditioned conjugate gradients.

    A network that starts at f_0 is predicted by f_0(x) plus the regression on y - f_0.

    Args:
        kernel: K_dd, (N, N), or (N, N, O, O) for outputs that share no kernel. For "cg" also an operator of N rows.
        cross: K_td, (M, N) or (M, N, O, O).
        targets: y, (N,) or (N, O).
        ridge: A number that is added to the diagonal, not relative to it; see `relative_ridge`.
        solver: "eigh" takes N^3 time and N^2 memory; "cg" takes products, `conjugate_gradients` has its options.
        tolerance: Residual at which "cg" stops. If it does not get there, `converged` says so.

    Raises:
        TypeError: If an operator is given to "eigh".
        ValueError: If shapes do not fit, a number is not finite, the kernel has eigenvalues below zero by more than
            rounding, or is singular without a ridge.
    """
    if solver not in ("eigh", "cg"):
        raise ValueError(f"solver {solver!r} is not possible; use 'eigh' or 'cg'")
    check_ridge(ridge)
    values = target_columns(targets, kernel)
    if solver == "cg":
        operator = kernel if isinstance(kernel, SymmetricOperator) else matrix_operator(kernel_matrix(kernel))
        solution = conjugate_gradients(operator, values, ridge=ridge, tolerance=tolerance)
        found, residual, smallest = solution.coefficients, solution.residual, None
        converged, matvecs = solution.converged, solution.matvecs
    else:
        if isinstance(kernel, SymmetricOperator):
            raise TypeError("an operator has no eigenvectors at hand; use solver='cg', or pass kernel.dense()")
        found, residual, smallest = _by_eigenvectors(kernel_matrix(kernel), values, ridge)
        converged, matvecs = True, 0
    matrix = cross_matrix(cross, values)
    predictions = (matrix @ found).reshape(-1, *targets.shape[1:])
    return Regression(predictions, found.reshape(targets.shape), residual, converged, smallest, matvecs)


def _by_eigenvectors(matrix: Tensor, values: Tensor, ridge: float) -> tuple[Tensor, float, float]:
    eigenvalues, vectors = psd_eigenpairs(matrix)
    shifted = eigenvalues + ridge
    floor = rounding(shifted)
    if float(shifted[-1]) <= floor:
        raise ValueError(
            f"{int((shifted <= floor).sum())} of {len(shifted)} eigenvalues of the kernel are zero to rounding "
            f"(smallest {float(shifted[-1]):.3g}, largest {float(shifted[0]):.3g}); add a ridge above {floor:.1g}, or "
            f"drop repeated inputs"
        )
    found = vectors @ ((vectors.mT @ values) / shifted[:, None])
    missed = (matrix @ found + ridge * found - values).norm(dim=0)
    lengths = values.norm(dim=0)
    return found, float((missed / torch.where(lengths > 0, lengths, 1.0)).max()), float(shifted[-1])
