"""A symmetric matrix that is known by its products alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Real

import torch
from torch import Tensor

from spectra.objectives.mean_loss import require_network
from spectra.objectives.network import Network


@dataclass(frozen=True)
class SymmetricOperator:
    """Symmetric matrix A of size (P, P), given as the product A V with blocks of vectors.

    Operators add, subtract, and scale like the matrices they stand for. Symmetry is the maker's promise.

    The error of a sum is the sum of the errors: the absolute errors add, and relative to the sum they are no larger
    than that where the terms do not cancel. Where they do, as in H - G near a minimum, it is larger, and unknown. A
    multiple has the error of its operator; so has a shift, by the same reasoning, as the shift itself is exact. A block
    or a rescaled operator takes it over, which holds where its products are not much shorter than those of the whole.

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
    method: str = "exact"  # how products are made: "exact" by differentiation, or "finite_difference"
    error: float = 0.0  # measured error of a product relative to its length, beyond rounding; 0 for exact ones

    __array_ufunc__ = None  # numpy leaves products to us, and does not make an array of operators

    def __post_init__(self) -> None:
        object.__setattr__(self, "device", torch.device(self.device))
        if not callable(self.matmat) or not isinstance(self.dtype, torch.dtype):
            raise TypeError(
                f"an operator was made of a {type(self.matmat).__name__} and the dtype {self.dtype!r}; for a matrix A "
                "pass SymmetricOperator(len(A), lambda block: A @ block, A.dtype, A.device)"
            )
        if self.dim < 1:
            raise ValueError(f"an operator of dimension {self.dim} was made; it needs one row at least")
        if not self.dtype.is_floating_point:
            raise TypeError(
                f"an operator of {self.dtype} was made; its products must be real numbers, such as torch.float64: a "
                "Hermitian matrix A + iB has the eigenvalues, each twice, of the symmetric [[A, -B], [B, A]]"
            )

    def __matmul__(self, block: Tensor) -> Tensor:
        """Product with a vector (P,) or a block of vectors (P, k); the result has the same shape.

        Raises:
            TypeError: If the block is no tensor.
            ValueError: If the block has another length, number of axes, dtype or device than the operator.
        """
        if not isinstance(block, Tensor):
            raise TypeError(f"an operator was multiplied by a {type(block).__name__}; pass a tensor ({self.dim},)")
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
        columns = block if block.ndim == 2 else block[:, None]
        product = self.matmat(columns)
        if product.shape != columns.shape or product.dtype != columns.dtype:
            raise ValueError(
                f"the operator made a {product.dtype} product of shape {tuple(product.shape)} from a {columns.dtype} "
                f"block of shape {tuple(columns.shape)}; its matmat must keep both"
            )
        return product if block.ndim == 2 else product[:, 0]

    def __add__(self, other: SymmetricOperator) -> SymmetricOperator:
        """Sum of two operators of equal dimension."""
        return self._combined(other, lambda block: self.matmat(block) + other.matmat(block))

    def __sub__(self, other: SymmetricOperator) -> SymmetricOperator:
        """Difference of two operators of equal dimension."""
        return self._combined(other, lambda block: self.matmat(block) - other.matmat(block))

    def __mul__(self, scalar: float) -> SymmetricOperator:
        """The operator times a number."""
        if not _is_number(scalar):
            raise TypeError(
                "an operator was multiplied by something that is no number; products with vectors are A @ block, and "
                "D^(1/2) A D^(1/2) for a diagonal D is preconditioned(A, diagonal)"
            )
        return replace(self, matmat=lambda block: scalar * self.matmat(block))

    __rmul__ = __mul__

    def __truediv__(self, scalar: float) -> SymmetricOperator:
        """The operator over a number."""
        return self * (1 / scalar)

    def __neg__(self) -> SymmetricOperator:
        """The operator with the other sign."""
        return self * -1.0

    def shifted(self, shift: float) -> SymmetricOperator:
        """A + shift * I.

        Raises:
            TypeError: If the shift is no number.
        """
        if not _is_number(shift):
            raise TypeError(
                "an operator was shifted by something that is no number; A plus a diagonal d is "
                "A + SymmetricOperator(len(d), lambda block: d[:, None] * block, d.dtype, d.device)"
            )
        return replace(self, matmat=lambda block: self.matmat(block) + shift * block)

    def dense(self) -> Tensor:
        """The matrix itself, (P, P): P products and P squared numbers, for small cases and tests."""
        return self @ torch.eye(self.dim, dtype=self.dtype, device=self.device)

    def _combined(self, other: SymmetricOperator, matmat: Callable[[Tensor], Tensor]) -> SymmetricOperator:
        if not isinstance(other, SymmetricOperator):
            raise TypeError(
                f"an operator and a {type(other).__name__} were added or subtracted, which only operators can be; "
                "A + c I is A.shifted(c)"
            )
        ours, theirs = (self.dim, self.dtype, self.device), (other.dim, other.dtype, other.device)
        if ours != theirs:
            raise ValueError(
                f"operators of {ours} and {theirs} cannot be combined; dimension, dtype and device must agree"
            )
        method = other.method if self.method == "exact" else self.method
        return replace(self, matmat=matmat, method=method, error=self.error + other.error)


def _is_number(given: object) -> bool:
    # A row of numbers would multiply the columns of a block, and the operator no longer be symmetric.
    return isinstance(given, Real) or (isinstance(given, Tensor) and given.ndim == 0)


def require_operators(*operators: object) -> None:
    """Refuse what is no operator, such as a dense matrix.

    Raises:
        TypeError: Naming the kind of the first that is none.
    """
    strangers = [type(operator).__name__ for operator in operators if not isinstance(operator, SymmetricOperator)]
    if strangers:
        raise TypeError(
            f"a {strangers[0]} was given in place of an operator; make one, for a matrix A with "
            "SymmetricOperator(len(A), lambda block: A @ block, A.dtype, A.device)"
        )


def require_over(network: Network, operator: SymmetricOperator) -> None:
    """Refuse what is no operator over the weights of a network.

    Raises:
        TypeError: If it is no operator, or the network none.
        ValueError: If it has another dimension.
    """
    require_operators(operator)
    require_network(network)
    if operator.dim != network.size:
        raise ValueError(f"the operator has dimension {operator.dim}, and the network has {network.size} weights")
