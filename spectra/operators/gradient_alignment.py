"""How much of a gradient lies in an eigenspace."""

from __future__ import annotations

import torch
from torch import Tensor

from spectra.operators.directional_sharpness import require_length


def gradient_alignment(gradient: Tensor, vectors: Tensor) -> Tensor:
    """Share of the squared gradient in the span of the first 1, 2, ..., k vectors: |Pi_j g|^2 / |g|^2.

    A random direction has j / P on average.

    Args:
        gradient: Gradient g of shape (P,), not zero.
        vectors: Orthonormal columns (P, k), for example the vectors of `top_eigenpairs`.

    Returns:
        Shares (k,), between 0 and 1 and never falling; the last one belongs to the whole space.

    Raises:
        ValueError: If the shapes do not fit, the gradient is zero or not finite, or the columns are not orthonormal.

    >>> gradient_alignment(torch.tensor([3.0, 4.0, 0.0]), torch.eye(3)[:, :2]).tolist()  # doctest: +ELLIPSIS
    [0.36..., 1.0...]
    """
    if gradient.ndim != 1 or vectors.ndim != 2 or vectors.shape[0] != len(gradient):
        raise ValueError(
            f"a gradient of shape {tuple(gradient.shape)} and vectors of shape {tuple(vectors.shape)} were given; "
            "(P,) and (P, k) are needed"
        )
    excess = vectors.T @ vectors - torch.eye(vectors.shape[1], dtype=vectors.dtype, device=vectors.device)
    # Written so that undefined entries are refused too. A basis from Lanczos is orthonormal to a few eps.
    if not bool((excess.abs() <= torch.finfo(vectors.dtype).eps ** 0.5).all()):
        raise ValueError(
            "the columns of the vectors are not orthonormal; take them from top_eigenpairs or torch.linalg.qr"
        )
    unit = gradient / require_length(gradient)
    return (vectors.T @ unit.to(vectors)).square().cumsum(0)
