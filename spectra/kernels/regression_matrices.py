"""Kernels as matrices, checked: what kernel regression and training dynamics solve with."""

from __future__ import annotations

from math import isfinite

import torch
from torch import Tensor

from spectra.operators import SymmetricOperator

ASYMMETRY = 1e-6
"""Of K - K' relative to K, beyond which a matrix is no rounded kernel: single precision leaves 1e-7."""
NEGATIVE = 1e-10
"""Of the largest eigenvalue and the number of rows, down to which rounding explains an eigenvalue below zero."""


def kernel_matrix(kernel: Tensor) -> Tensor:
    """A kernel (N, M) as it is, one (N, M, O, O') as (N O, M O') with the output fastest; float64.

    Raises:
        ValueError: If it has another number of axes, no rows, or numbers that are not finite.
    """
    if kernel.ndim not in (2, 4) or kernel.numel() == 0:
        raise ValueError(f"a kernel of shape {tuple(kernel.shape)} is not possible; pass (N, M) or (N, M, O, O)")
    if not kernel.isfinite().all():
        raise ValueError(f"{int((~kernel.isfinite()).sum())} of {kernel.numel()} numbers of the kernel are not finite")
    if kernel.ndim == 4:
        kernel = kernel.transpose(1, 2).flatten(2, 3).flatten(0, 1)
    return kernel.detach().double()


def psd_eigenpairs(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues of a kernel (N, N), largest first and none below zero, and its eigenvectors as columns.

    Raises:
        ValueError: If it is not symmetric, or an eigenvalue is below -1e-10 N times the largest.
    """
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"a kernel between equal inputs is square, not {tuple(matrix.shape)}")
    gap = float((matrix - matrix.mT).abs().max())
    if gap > ASYMMETRY * float(matrix.abs().max()):
        raise ValueError(f"the kernel differs from its transpose by up to {gap:.3g}; a kernel is symmetric")
    values, vectors = torch.linalg.eigh((matrix + matrix.mT) / 2)
    least, most = float(values[0]), float(values[-1])
    if least < -NEGATIVE * len(matrix) * max(most, 0):
        raise ValueError(
            f"the kernel has the eigenvalue {least:.6g} beside the largest, {most:.6g}; rounding explains "
            f"{-NEGATIVE * len(matrix) * max(most, 0):.2g}. Make the kernel in double precision, of one set of inputs"
        )
    return values.flip(0).clamp(min=0), vectors.flip(1)


def rounding(values: Tensor) -> float:
    """What rounding leaves of an eigenvalue that is zero: N times the unit roundoff of the largest."""
    return len(values) * torch.finfo(torch.float64).eps * float(values.abs().max())


def target_columns(targets: Tensor, kernel: Tensor | SymmetricOperator) -> Tensor:
    """Targets (N,) or (N, O) as columns of the kernel's matrix: (N, O), or (N O, 1) if the outputs are in its rows.

    Raises:
        ValueError: If they do not fit the kernel, or are not finite.
    """
    rows = kernel.dim if isinstance(kernel, SymmetricOperator) else kernel.shape[0] * _outputs(kernel)
    if targets.ndim not in (1, 2) or targets.numel() == 0 or rows not in (len(targets), targets.numel()):
        shape = (rows, rows) if isinstance(kernel, SymmetricOperator) else tuple(kernel.shape)
        raise ValueError(f"targets of shape {tuple(targets.shape)} do not fit a kernel of shape {shape}")
    if targets.device != kernel.device:
        raise ValueError(f"targets are on {targets.device} and the kernel on {kernel.device}; move one to the other")
    if not targets.isfinite().all():
        raise ValueError(f"{int((~targets.isfinite()).sum())} of {targets.numel()} targets are not finite")
    return targets.detach().double().reshape(rows, -1)


def cross_matrix(cross: Tensor, columns: Tensor) -> Tensor:
    """K_td as a matrix whose columns are the rows of `columns`.

    Raises:
        ValueError: If they are not.
    """
    matrix = kernel_matrix(cross)
    if matrix.shape[1] != len(columns):
        raise ValueError(
            f"a kernel {tuple(cross.shape)} between test and training inputs has {matrix.shape[1]} columns, and the "
            f"training kernel {len(columns)}; pass (M, N) for (N, N), or (M, N, O, O) for (N, N, O, O)"
        )
    return matrix


def matrix_operator(matrix: Tensor) -> SymmetricOperator:
    """A dense symmetric matrix as an operator."""
    return SymmetricOperator(len(matrix), lambda block: matrix @ block, matrix.dtype, matrix.device)


def relative_ridge(kernel: Tensor, fraction: float) -> float:
    """A ridge of `fraction` times the mean of the diagonal of a kernel (N, N) or (N, N, O, O)."""
    check_ridge(fraction)
    return fraction * float(kernel_matrix(kernel).diagonal().mean())


def check_ridge(ridge: float) -> None:
    """Refuse a ridge that is negative or not finite."""
    if not isfinite(ridge) or ridge < 0:
        raise ValueError(f"a ridge of {ridge} is not possible; pass zero or a positive number")


def _outputs(kernel: Tensor) -> int:
    return kernel.shape[2] if kernel.ndim == 4 else 1
