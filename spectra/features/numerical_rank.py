"""How many singular values of a matrix are more than rounding."""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor

from spectra.features.arguments import share_between


def numerical_rank(matrix: Tensor, *, rtol: float | None = None) -> int:
    """Number of singular values above `rtol` times the largest; 0 for a matrix of zeros.

    Args:
        matrix: (n, D), real.
        rtol: Above 0 and below 1; None is max(n, D) times the rounding unit of the matrix.

    Raises:
        TypeError: If it is no tensor.
        ValueError: If it is no finite real matrix with entries, or `rtol` is out of range.

    >>> numerical_rank(torch.diag(torch.tensor([1.0, 1e-3, 1e-9]).float())), numerical_rank(torch.eye(3), rtol=0.5)
    (2, 3)
    """
    if not isinstance(matrix, Tensor):
        raise TypeError(f"a {type(matrix).__name__} was given where a matrix is needed; pass a tensor (n, D)")
    if matrix.ndim != 2 or matrix.numel() == 0 or not matrix.is_floating_point():
        raise ValueError(f"{matrix.dtype} of shape {tuple(matrix.shape)} was given; pass a real matrix (n, D)")
    if not bool(torch.isfinite(matrix).all()):
        raise ValueError("a matrix with numbers that are not finite has no rank; look at the layers before")
    if rtol is None:
        rtol = max(matrix.shape) * torch.finfo(matrix.dtype).eps
    rtol = share_between("rtol", rtol)
    # In double precision: what is counted is the rounding of the matrix, not that of its decomposition.
    values = torch.linalg.svdvals(matrix.detach().double())
    return int((values > rtol * values[0]).sum())


def gram_rtol(size: int, dtype: torch.dtype = torch.float32) -> float:
    """The `rtol` on singular values s of X that belongs to a threshold of `size` rounding units on those of X X'.

    The singular values of X X' are s^2, so that a threshold of 5000 rounding units of single precision on them drops
    all s below 2.4e-2 of the largest, where one on s would keep those above 6e-4. Ranks found in this way count far
    fewer directions than single precision can see.

    Args:
        size: Number that multiplies the rounding unit, of rows or columns.
        dtype: Whose rounding unit.

    Raises:
        ValueError: If the threshold is not between 0 and 1.

    >>> f"{gram_rtol(5000):.1e}"
    '2.4e-02'
    """
    return share_between("the threshold", sqrt(size * torch.finfo(dtype).eps))
