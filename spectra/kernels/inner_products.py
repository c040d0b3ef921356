"""Inner products between rows of two matrices, added up over blocks of columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import torch
from torch import Tensor

Contraction = Literal["full", "diagonal", "trace"]

SUMS = torch.float64
"""In what blocks of columns, places, parameters and layers are added up."""

COLUMNS = 2**12
"""Columns whose products are added up in a lower precision, at most."""

PANEL = 128
"""Rows of a panel in the product of a matrix with itself, of which only what lies up to the diagonal is computed.

`benchmarks/kernel_ways.py`: with 640 rows that takes 0.7 of the time of the whole product, 0.6 of whose multiply-adds
it has; panels of 80 to 256 rows took equally long.
"""

PANELS = 8
"""How many of them there are at most."""


def of_rows(
    one: Tensor, two: Tensor | None, contraction: Contraction, dtype: torch.dtype, sums: torch.dtype = SUMS
) -> Tensor:
    """Inner products of rows (n, k, p) and (m, k, p), multiplied in one dtype and summed over blocks in another.

    Args:
        one: Rows of the first examples.
        two: Rows of the second ones; None for the first again, at little more than half the cost.
        contraction: Which of the k rows meet which.
        dtype: Of the products.
        sums: Of their sum over blocks of columns.

    Returns:
        "full": (n, k, m, k), all with all. "diagonal": (n, m, k), each with its like. "trace": (n, m), the sum of the
        latter.
    """
    total = zeros(one, one if two is None else two, contraction, sums)
    add_products(total, one, two, contraction, dtype)
    return shaped(total, one.shape[1], contraction, symmetric=two is None)


def zeros(one: Tensor, two: Tensor, contraction: Contraction, sums: torch.dtype = SUMS) -> Tensor:
    """What `add_products` adds to: (1, n k, m k), (k, n, m) or (1, n, m), for examples with k rows each."""
    k = one.shape[1]
    batch, rows = {"full": (1, k), "diagonal": (k, 1), "trace": (1, 1)}[contraction]
    return torch.zeros(batch, len(one) * rows, len(two) * rows, dtype=sums, device=one.device)


def add_products(total: Tensor, one: Tensor, two: Tensor | None, contraction: Contraction, dtype: torch.dtype) -> None:
    """Add the products of rows (n, k, p) and (m, k, p); of rows with themselves, only those up to the diagonal."""
    rows = _matrices(one.to(dtype), contraction)
    others = rows if two is None else _matrices(two.to(dtype), contraction)
    exact = total.dtype == dtype
    for start in range(0, rows.shape[-1], max(1, rows.shape[-1]) if exact else COLUMNS):
        piece = slice(start, None if exact else start + COLUMNS)
        for panel, upto in _panels(rows.shape[1], others.shape[1], symmetric=two is None):
            factors = rows[:, panel, piece], others[:, upto, piece].mT
            if exact:
                total[:, panel, upto].baddbmm_(*factors)
            else:
                total[:, panel, upto] += torch.bmm(*factors)


def shaped(total: Tensor, k: int, contraction: Contraction, *, symmetric: bool) -> Tensor:
    """What was added up as (n, k, m, k), (n, m, k) or (n, m); what lies beyond the diagonal is mirrored."""
    if symmetric:
        for panel, _ in _panels(total.shape[1], total.shape[2], symmetric=True):
            total[:, : panel.start, panel] = total[:, panel, : panel.start].mT
    if contraction == "full":
        found: Tensor = total[0].unflatten(1, (-1, k)).unflatten(0, (-1, k))
        return found
    return total.movedim(0, 2) if contraction == "diagonal" else total[0]


def added(terms: Iterable[Tensor]) -> Tensor:
    """The sum of one term or more, in double precision."""
    rest = iter(terms)
    total = next(rest).to(SUMS)
    for term in rest:
        total.add_(term)
        del term  # it shall not stay while the next is made
    return total


def _matrices(rows: Tensor, contraction: Contraction) -> Tensor:
    """(n, k, p) -> (1, n k, p), (k, n, p) or (1, n, k p)."""
    if contraction == "diagonal":
        return rows.movedim(1, 0)
    return (rows.flatten(0, 1) if contraction == "full" else rows.flatten(1))[None]


def _panels(rows: int, columns: int, *, symmetric: bool) -> Iterator[tuple[slice, slice]]:
    """Blocks of a matrix; of a symmetric one those that reach up to its diagonal."""
    if not symmetric:
        yield slice(0, rows), slice(0, columns)
        return
    height = max(PANEL, -(-rows // PANELS))
    for start in range(0, rows, height):
        stop = min(start + height, rows)
        yield slice(start, stop), slice(0, stop)
