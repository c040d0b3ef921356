"""A symmetric matrix that is known by its products alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SymmetricOperator:
    """Symmetric matrix A of size (P, P), given as the product A V with blocks of vectors.

    Operators add, subtract, and scale like the matrices they stand for. Symmetry is the maker's promise.

    >>> A = SymmetricOperator(2, lambda block: 3 * block, torch.float64, torch.device("cpu"))
    >>> (A @ torch.ones(2, dtype=torch.float64)).tolist()
    [3.0, 3.0]
    >>> (A - 1.0 * A).dense().shape
    torch.Size([2, 2])
    """

    dim: int
    matmat: Callable[[Tensor], Tensor]  # (P, k) -> (P, k)
    dtype: torch.dtype
    device: torch.device

    def __matmul__(self, block: Tensor) -> Tensor:
        """Product with a vector (P,) or a block of vectors (P, k); the result has the same shape.

        Raises:
            ValueError: If the block has another length, number of axes, dtype or device than the operator.
        """
        if block.ndim not in (1, 2) or block.shape[0] != self.dim:
            raise ValueError(
                f"a block of shape {tuple(block.shape)} was multiplied by an operator of dimension {self.dim}; "
                f"pass a vector ({self.dim},) or a block ({self.dim}, k)"
            )
        if block.dtype != self.dtype or block.device != self.device:
            raise ValueError(
                f"a {block.dtype} block on {block.device} was multiplied by an operator of {self.dtype} on "
                f"{self.device}; convert it with block.to(operator.device, operator.dtype)"
            )
        return self.matmat(block) if block.ndim == 2 else self.matmat(block[:, None])[:, 0]

    def __add__(self, other: SymmetricOperator) -> SymmetricOperator:
        """Sum of two operators of equal dimension."""
        self._require_alike(other)
        return self._with(lambda block: self.matmat(block) + other.matmat(block))

    def __sub__(self, other: SymmetricOperator) -> SymmetricOperator:
        """Difference of two operators of equal dimension."""
        self._require_alike(other)
        return self._with(lambda block: self.matmat(block) - other.matmat(block))

    def __mul__(self, scalar: float) -> SymmetricOperator:
        """The operator times a number."""
        return self._with(lambda block: scalar * self.matmat(block))

    __rmul__ = __mul__

    def shifted(self, shift: float) -> SymmetricOperator:
        """A + shift * I."""
        return self._with(lambda block: self.matmat(block) + shift * block)

    def dense(self) -> Tensor:
        """The matrix itself, (P, P): P products and P squared numbers, for small cases and tests."""
        return self.matmat(torch.eye(self.dim, dtype=self.dtype, device=self.device))

    def _with(self, matmat: Callable[[Tensor], Tensor]) -> SymmetricOperator:
        return SymmetricOperator(self.dim, matmat, self.dtype, self.device)

    def _require_alike(self, other: SymmetricOperator) -> None:
        ours, theirs = (self.dim, self.dtype, self.device), (other.dim, other.dtype, other.device)
        if ours != theirs:
            raise ValueError(
                f"operators of {ours} and {theirs} cannot be combined; dimension, dtype and device must agree"
            )


def columnwise(product: Callable[[Tensor], Tensor], point: Tensor) -> SymmetricOperator:
    """An operator over weights from its product with one vector, (P,) -> (P,): blocks are taken column by column.

    On two cores a block product by automatic differentiation is no faster than a loop over its columns.
    """
    return SymmetricOperator(
        len(point), lambda block: torch.stack([product(column) for column in block.T], 1), point.dtype, point.device
    )
