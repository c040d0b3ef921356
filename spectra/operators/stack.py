"""Independent operators of one size, whose products are made together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from spectra.operators.symmetric import SymmetricOperator, require_operators


@dataclass(frozen=True)
class OperatorStack:
    """K independent symmetric matrices of size (P, P), given as one product with a vector for each of them.

    Networks of equal shapes that are trained together share one graph: a single product with it serves them all.
    """

    members: int
    dim: int
    product: Callable[[Tensor], Tensor]  # (K, P) -> (K, P): row k is the product of member k with row k
    dtype: torch.dtype
    device: torch.device
    method: str = "exact"  # how the products are made
    error: float = 0.0  # measured relative error of a product
    some: Callable[[Sequence[int]], OperatorStack] | None = None  # the stack of some members, if it saves work


def joined(parts: Sequence[OperatorStack]) -> OperatorStack:
    """Stacks of one member each as one, whose products are made one after another."""
    first = parts[0]

    def product(rows: Tensor) -> Tensor:
        return torch.cat([part.product(row[None]) for part, row in zip(parts, rows, strict=True)])

    def some(places: Sequence[int]) -> OperatorStack:
        return joined([parts[place] for place in places])

    return replace(first, members=len(parts), product=product, some=some)


def stacked(operators: Sequence[SymmetricOperator]) -> OperatorStack:
    """Operators as a stack; their products are made one after another.

    Args:
        operators: K of them, each of size (P, P).

    Raises:
        ValueError: If there is no operator, or they differ in dimension, dtype, device or method.
        TypeError: If one is no operator.

    >>> double = SymmetricOperator(2, lambda block: 2 * block, torch.float64, torch.device("cpu"))
    >>> stacked([double, -1.0 * double]).product(torch.ones(2, 2, dtype=torch.float64)).tolist()
    [[2.0, 2.0], [-2.0, -2.0]]
    """
    require_operators(*operators)
    kinds = {(operator.dim, operator.dtype, operator.device, operator.method) for operator in operators}
    if len(kinds) != 1:
        raise ValueError(
            f"operators of the kinds {sorted(map(str, kinds))} cannot be stacked; at least one is needed, and "
            "dimension, dtype, device and method must agree"
        )
    ((dim, dtype, device, method),) = kinds

    def product(rows: Tensor) -> Tensor:
        products = [operator @ row for operator, row in zip(operators, rows, strict=True)]
        return torch.stack(products) if len(products) > 1 else products[0][None]

    def some(places: Sequence[int]) -> OperatorStack:
        return stacked([operators[place] for place in places])

    error = max(operator.error for operator in operators)
    return OperatorStack(len(operators), dim, product, dtype, device, method, error, some)
