"""Where the blocks of a kernel lie, and how they are written there."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from spectra.kernels.inner_products import Contraction


def tiles(rows: int, columns: int, size: int, *, symmetric: bool) -> Iterator[tuple[slice, slice]]:
    """Square blocks of a matrix; of a symmetric one those on its diagonal and to the right of it."""
    for start in range(0, rows, size):
        for left in range(start if symmetric else 0, columns, size):
            yield slice(start, min(start + size, rows)), slice(left, min(left + size, columns))


def block_shape(n: int, m: int, k: int, contraction: Contraction) -> tuple[int, ...]:
    """Of the inner products between k rows of each of n examples and those of m examples."""
    return {"full": (n, k, m, k), "diagonal": (n, m, k), "trace": (n, m)}[contraction]


def put(
    kernel: Tensor, block: Tensor, place: tuple[slice, slice], contraction: Contraction, *, symmetric: bool
) -> None:
    """Write a block to its place and, in a symmetric kernel, to that of the exchanged examples."""
    rows, columns = place
    flipped = block.permute(2, 3, 0, 1) if contraction == "full" else block.transpose(0, 1)
    if symmetric and rows == columns:
        block.add_(flipped.clone()).mul_(0.5)  # a matrix product is symmetric up to rounding only
    _at(kernel, rows, columns, contraction).copy_(block)
    if symmetric and rows != columns:
        _at(kernel, columns, rows, contraction).copy_(flipped)


def _at(kernel: Tensor, rows: slice, columns: slice, contraction: Contraction) -> Tensor:
    return kernel[rows, :, columns] if contraction == "full" else kernel[rows, columns]
