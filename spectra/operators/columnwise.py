"""Operators over weights from products with one vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from spectra.objectives.ranks import summed
from spectra.operators.symmetric import SymmetricOperator

if TYPE_CHECKING:
    from torch.distributed import ProcessGroup


def columnwise(
    product: Callable[[Tensor], Tensor], point: Tensor, group: ProcessGroup | None = None
) -> SymmetricOperator:
    """An operator over weights from its product with one vector, (P,) -> (P,): blocks are taken column by column.

    On two cores a block product by automatic differentiation is no faster than a loop over its columns.

    Args:
        product: What this rank adds to the product with a vector.
        point: Weights (P,), for their number, dtype and device.
        group: The processes over which products are summed, a block at once; None for this one alone.
    """

    def matmat(block: Tensor) -> Tensor:
        # One row for each vector: what lies together in memory is multiplied and summed faster.
        rows = block.T.contiguous()
        if len(rows) == 1:
            return summed(product(rows[0])[None], group, factor=rows).T
        products = torch.empty_like(rows)
        for place, row in enumerate(rows):
            products[place] = product(row)
        return summed(products, group, factor=rows).T

    return SymmetricOperator(len(point), matmat, point.dtype, point.device)
