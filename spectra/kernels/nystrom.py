"""A kernel from a few of its columns."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.operators import SymmetricOperator

ROUNDING = 1e-12
"""Eigenvalues of the kernel of the landmarks below this times the largest are left out: in double precision they are
rounding, and their inverses would be noise."""


@dataclass(frozen=True)
class Nystrom:
    """The approximation K_nm K_mm^+ K_mn of a positive semidefinite kernel, from its columns at m landmarks.

    It is exact on the landmarks, never above the kernel, and exact everywhere when the landmarks span its range.

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
        landmarks: K_mm (m, m): the kernel between the landmarks.
        rank: Keep this many of the largest eigenvalues of K_mm at most; None keeps all above rounding.

    Returns:
        The approximation, its eigenpairs, and what features of other examples are made with.

    Raises:
        ValueError: If shapes do not fit, `rank` is below one, or K_mm has a negative eigenvalue beyond rounding.

    Source: Williams and Seeger 2001, Using the Nystrom Method to Speed Up Kernel Machines, for the approximation.
    """
    m = landmarks.shape[-1]
    if landmarks.shape != (m, m) or columns.ndim != 2 or columns.shape[1] != m:
        raise ValueError(
            f"columns of shape {tuple(columns.shape)} and a kernel of landmarks of shape {tuple(landmarks.shape)} were "
            "given; (n, m) and (m, m) are needed"
        )
    if rank is not None and rank < 1:
        raise ValueError(f"a rank of {rank} was asked for; one or more is needed")
    inner = landmarks.double()
    values, vectors = torch.linalg.eigh((inner + inner.T) / 2)
    lowest, highest = float(values[0]), float(values[-1])
    if not highest > 0 or lowest < -1e-10 * m * highest:
        raise ValueError(
            f"the kernel of the landmarks has eigenvalues from {lowest:g} to {highest:g}; a positive semidefinite "
            "kernel that is not zero is needed"
        )
    kept = (values > ROUNDING * highest).nonzero()[:, 0].flip(0)[:rank]
    projection = vectors[:, kept] / values[kept].sqrt()
    features = columns.double() @ projection
    left, singular, _ = torch.linalg.svd(features, full_matrices=False)
    return Nystrom(features, projection, singular.square(), left)


def kernel_columns(operator: SymmetricOperator, places: Tensor) -> Tensor:
    """Columns (n, m) of an operator at some places, from as many products.

    Args:
        operator: Symmetric matrix of size (n, n).
        places: Indices (m,), each below n and none twice; for landmarks, draw them uniformly.

    Returns:
        The columns, in the dtype of the operator. Those of the landmarks are `columns[places]`.

    Raises:
        ValueError: If an index is out of range or given twice.
    """
    given = places.tolist()
    if places.ndim != 1 or not given or len(set(given)) < len(given) or min(given) < 0 or max(given) >= operator.dim:
        raise ValueError(
            f"places of shape {tuple(places.shape)} from {min(given, default=None)} to {max(given, default=None)} were "
            f"given; one or more different indices from 0 to {operator.dim - 1} are needed"
        )
    units = torch.zeros(operator.dim, len(given), dtype=operator.dtype, device=operator.device)
    units[given, range(len(given))] = 1
    return operator @ units
