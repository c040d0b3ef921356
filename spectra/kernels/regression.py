"""Kernel regression that refuses matrices that are no kernels."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from spectra.kernels.regression_matrices import (
    check_ridge,
    cross_matrix,
    kernel_matrix,
    matrix_operator,
    psd_eigenpairs,
    rounding,
    symmetric_matrix,
    target_columns,
)
from spectra.kernels.regression_solver import conjugate_gradients
from spectra.notebook import as_html
from spectra.operators import SymmetricOperator

Solver = Literal["eigh", "cg"]
NOTABLE = 1e-6
"""Residual above which a warning is given. With 300 random targets and eigenvalues spread evenly over their powers of
ten, that of "eigh" was 3e-9, 2e-7 and 3e-5 for condition numbers of 1e8, 1e10 and 1e12."""


@dataclass(frozen=True)
class Regression:
    """Predictions K_td (K_dd + ridge I)^-1 y, and how far they can be trusted.

    Attributes:
        predictions: (M,) or (M, O).
        coefficients: c = (K_dd + ridge I)^-1 y, (N,) or (N, O).
        residual: Largest |(K_dd + ridge I) c - y| / |y| over the outputs. Predictions on the training inputs are off
            by about as much; elsewhere errors can be as large times the condition number.
        converged: Whether the residual is at most twice the tolerance.
        smallest: Smallest eigenvalue of K_dd + ridge I; None from "cg", which does not see it.
        matvecs: Products with the kernel; 0 for "eigh".
    """

    predictions: Tensor
    coefficients: Tensor
    residual: float
    converged: bool
    smallest: float | None
    matvecs: int

    _repr_html_ = as_html


def kernel_regression(
    kernel: Tensor | SymmetricOperator,
    cross: Tensor,
    targets: Tensor,
    *,
    ridge: float = 0.0,
    solver: Solver = "eigh",
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
        tolerance: Residual at which "cg" stops, and up to which either solver counts as converged.

    Raises:
        TypeError: If an operator is given to "eigh", or kernels or targets are no tensors.
        ValueError: If shapes do not fit, a number is not finite, the kernel is not symmetric, has eigenvalues below
            zero by more than rounding, or is singular without a ridge. Of an operator, symmetry is its maker's promise,
            and "cg" sees eigenvalues only in directions of the targets.

    Warns:
        UserWarning: If the residual is above the tolerance and above 1e-6.
    """
    if solver not in get_args(Solver):
        raise ValueError(f"solver {solver!r} is not possible; use one of {get_args(Solver)}")
    check_ridge(ridge)
    values = target_columns(targets, kernel)
    if solver == "cg":
        operator = (
            kernel
            if isinstance(kernel, SymmetricOperator)
            else matrix_operator(symmetric_matrix(kernel_matrix(kernel)))
        )
        solution = conjugate_gradients(operator, values, ridge=ridge, tolerance=tolerance)
        found, residual, smallest = solution.coefficients, solution.residual, None
        matvecs = solution.matvecs
    else:
        if isinstance(kernel, SymmetricOperator):
            raise TypeError("an operator has no eigenvectors at hand; use solver='cg', or pass kernel.dense()")
        found, residual, smallest = _by_eigenvectors(kernel_matrix(kernel), values, ridge)
        matvecs = 0
    _warn_of(residual, tolerance)
    matrix = cross_matrix(cross, values)
    predictions = (matrix @ found).reshape(-1, *targets.shape[1:])
    return Regression(predictions, found.reshape(targets.shape), residual, residual <= 2 * tolerance, smallest, matvecs)


def _warn_of(residual: float, tolerance: float) -> None:
    if not residual <= max(2 * tolerance, NOTABLE):
        warnings.warn(
            f"the coefficients of the regression leave a residual of {residual:.2g} of the targets (the tolerance is "
            f"{tolerance:.2g}): the kernel is nearly singular for this ridge, or the steps did not suffice; use a "
            "larger ridge, or conjugate_gradients with more steps and a higher rank",
            UserWarning,
            stacklevel=3,
        )


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
