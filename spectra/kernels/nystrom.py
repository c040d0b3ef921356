"""A kernel from a few of its columns."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.kernels.arguments import require_operator, require_real, whole_number
from spectra.kernels.regression_matrices import (
    ASYMMETRY,
    NEGATIVE,
    kernel_matrix,
    require_device,
    require_semidefinite,
    symmetric_matrix,
)
from spectra.notebook import as_html
from spectra.operators import SymmetricOperator

ROUNDING = 1e-12
"""Eigenvalues of the kernel of the landmarks below this times the largest are left out: in double precision they are
rounding, and their inverses would be noise. In single precision that is m times the unit roundoff."""


@dataclass(frozen=True, repr=False)
class Nystrom:
    """The approximation K_nm K_mm^+ K_mn of a positive semidefinite kernel, from its columns at m landmarks.

    It is never above the kernel; unless its rank was limited, it is exact on the landmarks, and everywhere when they
    span the range of the kernel.

    Attributes:
        features: F (n, r) with F F' the approximation, in double precision.
        projection: (m, r), which makes features K_*m @ projection of other examples.
        values: Nonzero eigenvalues of the approximation, (r,), largest first. They are those of F F', and not those of
            K_mm times n/m, which are biased.
        vectors: Their eigenvectors, (n, r).
    """

    features: Tensor
    projection: Tensor
    values: Tensor
    vectors: Tensor

    _repr_html_ = as_html

    def __repr__(self) -> str:
        """Its size, its rank and its ends."""
        rows, rank = self.features.shape
        ends = f", eigenvalues {self.values[0]:.4g} to {self.values[-1]:.4g}" if len(self.values) else ""
        return f"Nystrom({rows} rows, rank {rank}{ends})"

    def dense(self) -> Tensor:
        """The approximation, (n, n)."""
        return self.features @ self.features.T

    def operator(self) -> SymmetricOperator:
        """The approximation as products, at 2 n r multiplications each."""
        F = self.features
        return SymmetricOperator(len(F), lambda block: F @ (F.T @ block), F.dtype, F.device)


def nystrom(columns: Tensor, landmarks: Tensor, *, rank: int | None = None) -> Nystrom:
    """The Nystrom approximation of a positive semidefinite kernel K.

    Args:
        columns: K_nm (n, m): the kernel between all n rows and the landmarks, as `kernel_columns` makes it from an
            operator, or from `empirical_ntk(module, inputs, inputs[landmarks])`.
        landmarks: K_mm (m, m): the kernel between the landmarks, `columns[places]`.
        rank: Keep this many of the largest eigenvalues of K_mm at most; None keeps all above rounding.

    Returns:
        The approximation, its eigenpairs, and what features of other examples are made with.

    Raises:
        TypeError: If columns or landmarks are no tensors.
        ValueError: If shapes or devices do not fit, numbers are not finite, `rank` is no positive whole number, or K_mm
            is zero, not symmetric, or has a negative eigenvalue beyond rounding.

    Source: Williams and Seeger 2001, Using the Nystrom Method to Speed Up Kernel Machines, for the approximation.
    """
    require_real("landmarks", landmarks)
    require_real("columns", columns)
    m = landmarks.shape[-1] if landmarks.ndim else 0
    if landmarks.shape != (m, m) or columns.ndim != 2 or columns.shape[1] != m:
        raise ValueError(
            f"columns of shape {tuple(columns.shape)} and a kernel of landmarks of shape {tuple(landmarks.shape)} were "
            "given; (n, m) and (m, m) are needed"
        )
    rank = None if rank is None else whole_number("rank", rank)
    require_device("the columns", columns, landmarks.device)
    precision = torch.finfo(landmarks.dtype).eps if landmarks.is_floating_point() else 0.0
    # Products in single precision may be made in TF32, with errors of 5e-4.
    asymmetry = ASYMMETRY if precision < ROUNDING else precision**0.25
    outer, inner = kernel_matrix(columns), symmetric_matrix(kernel_matrix(landmarks), asymmetry)
    values, vectors = torch.linalg.eigh(inner)
    require_semidefinite(values, max(NEGATIVE, 10 * precision))
    if not values[-1] > 0:
        raise ValueError(f"the kernel of {m} landmarks is zero, and stands for no other; choose others")
    kept = (values > max(ROUNDING, m * precision) * values[-1]).nonzero()[:, 0].flip(0)[:rank]
    projection = vectors[:, kept] / values[kept].sqrt()
    features = outer @ projection
    left, singular, _ = torch.linalg.svd(features, full_matrices=False)
    return Nystrom(features, projection, singular.square(), left)


def kernel_columns(operator: SymmetricOperator, places: Tensor) -> Tensor:
    """Columns (n, m) of an operator at some places, from as many products.

    Args:
        operator: Symmetric matrix of size (n, n).
        places: Whole numbers (m,), each below n and none twice, as `kernel_landmarks` draws them.

    Returns:
        The columns, in the dtype of the operator. Those of the landmarks are `columns[places]`.

    Raises:
        TypeError: If a matrix is given in place of an operator, or places are no tensor.
        ValueError: If there is no index, or one is out of range, given twice or no whole number.
    """
    require_operator("kernel_columns", operator)
    require_real("places", places)
    given = places.flatten().tolist()
    low, high = min(given, default=-1), max(given, default=-1)
    whole = places.ndim == 1 and places.dtype == torch.int64
    if not whole or low < 0 or high >= operator.dim or len(set(given)) < len(given):
        raise ValueError(
            f"{places.dtype} places of shape {tuple(places.shape)} from {low} to {high} were given; one or more "
            f"different indices from 0 to {operator.dim - 1} are needed, as whole numbers (m,)"
        )
    units = torch.zeros(operator.dim, len(given), dtype=operator.dtype, device=operator.device)
    units[given, range(len(given))] = 1
    return operator @ units
