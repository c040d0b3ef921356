"""How far an approximation of a kernel is off, in the spectral norm."""

from __future__ import annotations

import torch
from torch import Tensor

from spectra.kernels.arguments import require_real
from spectra.kernels.preconditions import require_finite
from spectra.kernels.regression_matrices import ASYMMETRY


def spectral_error(approximation: Tensor, exact: Tensor) -> float:
    """|A - K| / |K| in the spectral norm; of several matrices the mean.

    Args:
        approximation: A (n, n), or (N, n, n) such as the covariances of N predictions.
        exact: K, of the same shape; symmetric as A is.

    Returns:
        A number; 0 for equal matrices.

    Raises:
        TypeError: If one is no tensor.
        ValueError: If the shapes differ or are others, numbers are not finite, a matrix is not symmetric, or an exact
            one is zero.

    >>> spectral_error(torch.diag(torch.tensor([2.0, 0.0])), torch.diag(torch.tensor([2.0, 1.0])))
    0.5
    """
    require_real("approximation", approximation)
    require_real("exact", exact)
    square = exact.ndim in (2, 3) and exact.shape[-1] == exact.shape[-2] and exact.numel() > 0
    if approximation.shape != exact.shape or not square:
        raise ValueError(
            f"matrices of shapes {tuple(approximation.shape)} and {tuple(exact.shape)} were given; both must be (n, n) "
            "or (N, n, n). Of a kernel (N, M, O, O), kernel.transpose(1, 2).flatten(2).flatten(0, 1) is the matrix"
        )
    for name, matrix in (("the approximation", approximation), ("the exact matrix", exact)):
        require_finite(name, matrix)
        gap = (matrix - matrix.mT).abs().max()
        if gap > ASYMMETRY * matrix.abs().max():
            raise ValueError(f"{name} differs from its transpose by up to {float(gap):.3g}; both must be symmetric")
    exact, off = exact.double(), approximation.double() - exact.double()
    norms = [torch.linalg.eigvalsh(matrix).abs().amax(-1) for matrix in (off, exact)]
    if not bool((norms[1] > 0).all()):
        raise ValueError("an exact matrix is zero, and a relative error is not defined; leave it out")
    return float((norms[0] / norms[1]).mean())
