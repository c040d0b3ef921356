"""Inner products of derivatives that are made in one block of a weight after the other, and never all at once."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from spectra.kernels.derivative_parts import Outer, bias_rows, block, dense, rights
from spectra.kernels.inner_products import Contraction, add_products, shaped, zeros

BLOCK = 2**21
"""Derivatives that are made at once; products of 640 rows took a fifth longer with 2^20 than with 2^22."""

WIDTH = 256
"""Columns of the blocks in which derivatives are made, at most.

With 128 to 256 of them, batched products of 64 examples with 64 places were three times as fast as with 57.
"""


def in_blocks(one: Outer, two: Outer | None, contraction: Contraction, dtype: torch.dtype) -> Tensor:
    """sum_ij D_ij D'_ij of derivatives D = sum_t right_t left_t', made in their own dtype and multiplied in another.

    Made in double precision they took a tenth to a third longer in all, which gains nothing over the rounding of their
    factors.
    """
    sides = (one,) if two is None else (one, two)
    used = None if one.left.is_floating_point() else torch.cat([side.left.flatten() for side in sides]).unique()
    lefts = [dense(side.left, used) for side in sides]
    entries = [_used(side.diagonal, used) for side in sides]
    total = zeros(one.right, sides[-1].right, contraction)
    most = BLOCK // max(side.right.shape[:3].numel() for side in sides)
    for q, pieces in _blocks(one.right.shape[-1], lefts[0].shape[-1], max(1, most)):
        right = [rights(side, q) for side in sides]
        for p in pieces:
            rows = [
                block(side, factor, left[..., p], None if values is None else values[:, q, p])
                for side, factor, left, values in zip(sides, right, lefts, entries, strict=True)
            ]
            add_products(total, rows[0], rows[1] if two is not None else None, contraction, dtype)
    biases = [bias_rows(side, side.bias) for side in sides if side.bias is not None]
    if len(biases) == len(sides):
        add_products(total, biases[0], biases[1] if two is not None else None, contraction, dtype)
    return shaped(total, one.right.shape[1], contraction, symmetric=two is None)


def _used(diagonal: Tensor | None, used: Tensor | None) -> Tensor | None:
    """Entries (G, q, p) of the columns that are made."""
    return diagonal if diagonal is None or used is None else diagonal[..., used]


def _blocks(rows: int, columns: int, entries: int) -> Iterator[tuple[slice, list[slice]]]:
    """Blocks of a matrix with so many entries at most."""
    pieces = max(1, -(-columns // WIDTH))
    width = max(1, min(-(-columns // pieces), entries))  # of equal pieces, none of which is narrow
    height = entries // width
    for start in range(0, rows, height):
        yield slice(start, start + height), [slice(left, left + width) for left in range(0, columns, width)]
