"""Kernels as matrices, checked: what kernel regression and training dynamics solve with."""

from __future__ import annotations

from math import isfinite

import torch
from torch import Tensor

from spectra.kernels.arguments import require_real
from spectra.kernels.preconditions import require_finite
from spectra.operators import SymmetricOperator

ASYMMETRY = 1e-6
"""Of K - K' relative to K, beyond which a matrix is no rounded kernel: single precision leaves 1e-7."""
NEGATIVE = 1e-10
"""Of the largest eigenvalue and the number of rows, down to which rounding explains an eigenvalue below zero."""


def kernel_matrix(kernel: Tensor) -> Tensor:
    """A kernel (N, M) as it is, one (N, M, O, O') as (N O, M O') with the output fastest; float64.

    Raises:
        TypeError: If it is no tensor.
        ValueError: If it has another number of axes, no rows, or numbers that are complex or not finite.
    """
    require_real("the kernel", kernel)
    if kernel.ndim not in (2, 4) or kernel.numel() == 0:
        raise ValueError(f"a kernel of shape {tuple(kernel.shape)} is not possible; pass (N, M) or (N, M, O, O)")
    require_finite("the kernel", kernel)
    if kernel.ndim == 4:
        kernel = kernel.transpose(1, 2).flatten(2, 3).flatten(0, 1)
    return kernel.detach().double()


def symmetric_matrix(matrix: Tensor, asymmetry: float = ASYMMETRY) -> Tensor:
    """A kernel between equal inputs (N, N) without the asymmetry that rounding leaves.

    Raises:
        ValueError: If it is not square, or differs from its transpose by more than `asymmetry` times its largest entry.
    """
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"the kernel has the shape {tuple(matrix.shape)}; pass a square one, of one set of inputs")
    gap = float((matrix - matrix.mT).abs().max())
    if gap > asymmetry * float(matrix.abs().max()):
        raise ValueError(
            f"the kernel differs from its transpose by up to {gap:.3g}, and a kernel is symmetric; make it of one set "
            "of inputs, in double precision"
        )
    return (matrix + matrix.mT) / 2


def psd_eigenpairs(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues of a kernel (N, N), largest first and none below zero, and its eigenvectors as columns.

    Raises:
        ValueError: If it is not symmetric, or an eigenvalue is below -1e-10 N times the largest.
    """
    values, vectors = torch.linalg.eigh(symmetric_matrix(matrix))
    require_semidefinite(values)
    return values.flip(0).clamp(min=0), vectors.flip(1)


def require_semidefinite(values: Tensor, rounding: float = NEGATIVE) -> None:
    """Refuse eigenvalues (n,) of which one is below zero by more than n times `rounding` times the largest.

    Raises:
        ValueError: If one is, or is not finite.
    """
    lowest, highest = float(values.min()), float(values.max())
    explained = -rounding * len(values) * max(highest, 0.0)
    if not (isfinite(highest) and lowest >= explained):
        raise ValueError(
            f"the kernel has the eigenvalue {lowest:.6g} beside the largest, {highest:.6g}; rounding explains "
            f"{explained:.2g}. Make the kernel in double precision, of one set of inputs"
        )


def rounding(values: Tensor) -> float:
    """What rounding leaves of an eigenvalue that is zero: N times the unit roundoff of the largest."""
    return len(values) * torch.finfo(torch.float64).eps * float(values.abs().max())


def target_columns(targets: Tensor, kernel: Tensor | SymmetricOperator) -> Tensor:
    """Targets (N,) or (N, O) as columns of the kernel's matrix: (N, O), or (N O, 1) if the outputs are in its rows.

    Those of a kernel (N, N, O, O), or of an operator of N O rows, are (N, O), or flattened, output fastest.

    Raises:
        TypeError: If targets or kernel are no tensors.
        ValueError: If they do not fit the kernel, or are complex or not finite.
    """
    require_real("targets", targets)
    if isinstance(kernel, SymmetricOperator):
        rows = kernel.dim
        # What it is a kernel of is not known; one row of targets is more often a mistake than one example.
        flat = targets.ndim == 2 and targets.numel() == rows and len(targets) > 1
    else:
        require_real("the kernel", kernel)
        rows = len(kernel) * output_count(kernel) if kernel.ndim else 0
        flat = kernel.ndim == 4 and targets.shape == kernel.shape[1:3]
    if targets.ndim not in (1, 2) or targets.numel() == 0 or not (len(targets) == rows or flat):
        raise ValueError(
            f"targets of shape {tuple(targets.shape)} do not fit a kernel of {rows} rows; pass (N,) or (N, O), and for "
            "a kernel (N O, N O) those flattened, output fastest: targets.flatten()"
        )
    require_device("targets", targets, kernel.device)
    require_finite("the targets", targets)
    return targets.detach().double().reshape(rows, -1)


def output_columns(name: str, outputs: Tensor | None, rows: int, columns: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Outputs of a network on some inputs as `rows` rows beside the columns of the targets; None is zero.

    Args:
        name: What they are called in an error.
        outputs: (inputs, ...), with the outputs of one input in the shape `shape`.
        rows: Of the kernel for these inputs.
        columns: Those of `target_columns`.
        shape: Of the targets of one example.

    Raises:
        ValueError: If they have another shape, are on another device, or not finite.
    """
    width = columns.shape[1]
    if outputs is None:
        return columns.new_zeros(rows, width)
    require_real(name, outputs)
    if tuple(outputs.shape[1:]) != tuple(shape) or outputs.ndim == 0 or outputs.numel() != rows * width:
        raise ValueError(
            f"{name} has the shape {tuple(outputs.shape)}; pass the outputs of the network, (examples, "
            f"{', '.join(map(str, shape))}), {rows * width} numbers in all"
        )
    require_device(name, outputs, columns.device)
    require_finite(name, outputs)
    return outputs.detach().double().reshape(rows, width)


def cross_matrix(cross: Tensor | None, columns: Tensor) -> Tensor:
    """K_td as a matrix whose columns are the rows of `columns`; without rows for None.

    Raises:
        ValueError: If they are not, it is on another device, or not finite.
    """
    if cross is None:
        return columns.new_zeros(0, len(columns))
    require_device("the kernel of test inputs", cross, columns.device)
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
    """A ridge of `fraction` times the mean of the diagonal of a kernel (N, N) or (N, N, O, O).

    Raises:
        TypeError: If the kernel is no tensor.
        ValueError: If the fraction is negative, or the kernel not symmetric or negative on its diagonal.
    """
    check_ridge(fraction)
    diagonal = symmetric_matrix(kernel_matrix(kernel)).diagonal()
    if bool((diagonal < 0).any()):
        raise ValueError(
            f"the kernel is {float(diagonal.min()):.6g} on its diagonal, where none is negative; use one set of inputs"
        )
    return fraction * float(diagonal.mean())


def check_ridge(ridge: float) -> None:
    """Refuse a ridge that is negative or not finite."""
    if not isfinite(ridge) or ridge < 0:
        raise ValueError(f"a ridge of {ridge} is not possible; pass zero or a positive number")


def output_count(kernel: Tensor) -> int:
    """O of a kernel (N, M, O, O); 1 of one (N, M)."""
    return kernel.shape[2] if kernel.ndim == 4 else 1


def require_device(name: str, numbers: Tensor, device: torch.device) -> None:
    """Refuse what is no tensor of real numbers, or on another device than the kernel."""
    require_real(name, numbers)
    if numbers.device != device:
        raise ValueError(f"{name}: on {numbers.device}, and the kernel on {device}; move one to the other")
