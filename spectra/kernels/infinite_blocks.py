"""Kernels of many examples, made block by block."""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt

import torch
from torch import Tensor

BLOCK = 2**18
"""Numbers of one tensor of covariances that are worked on at once, 2 MB, which caches hold: with 2^22, averages over
pictures of 16 x 16 took seven times as long and dense networks one and a half times (3 layers, one core)."""


def in_blocks(
    kernels: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]], x1: Tensor, x2: Tensor | None, *, positions: int = 1
) -> tuple[Tensor, Tensor]:
    """Covariance and tangent kernel, (N, M) each, from a function that makes those of blocks of examples.

    Args:
        kernels: Of two blocks of examples.
        x1: Examples (N, ...), float64.
        x2: Examples (M, ...); None is `x1`, of which only the upper blocks are worked out: both kernels are exactly
            symmetric.
        positions: Numbers that a pair of examples takes.

    Raises:
        ValueError: If a covariance is not finite, or a tangent kernel is not a number.
    """
    rows = max(1, isqrt(BLOCK // positions))
    theirs = x1 if x2 is None else x2
    found = torch.empty(2, len(x1), len(theirs), dtype=torch.float64, device=x1.device)
    for top in range(0, len(x1), rows):
        for left in range(0 if x2 is not None else top, len(theirs), rows):
            down, across = slice(top, top + rows), slice(left, left + rows)
            block = torch.stack(kernels(x1[down], theirs[across]))
            if x2 is None and top == left:
                block = (block + block.mT) / 2
            found[:, down, across] = block
            if x2 is None and top != left:
                found[:, across, down] = block.mT
    # A tangent kernel may be infinite, as that of the sign is.
    if not bool(found[0].isfinite().all()) or bool(found[1].isnan().any()):
        raise ValueError("the kernel overflows or is not defined; use fewer layers, or smaller variances or inputs")
    return found[0], found[1]
