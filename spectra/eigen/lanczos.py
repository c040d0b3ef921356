"""The Lanczos recurrence with full reorthogonalisation."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.eigen.subspace import Subspace
from spectra.operators import SymmetricOperator
from spectra.operators.chance import given_or_own
from spectra.operators.stack import stacked
from spectra.operators.symmetric import require_operators


@dataclass(frozen=True)
class Krylov:
    """An orthonormal basis Q of a Krylov space, and the operator in it: A Q = Q T + r e_m'.

    T (m, m) is tridiagonal, in double precision on the CPU; r, the residual, is orthogonal to Q.
    """

    basis: Tensor  # (P, m), orthonormal columns
    diagonal: Tensor  # (m,), diagonal of T
    off_diagonal: Tensor  # (m - 1,), beside the diagonal of T
    residual_norm: float  # length of r; zero where it is rounding noise

    @property
    def tridiagonal(self) -> Tensor:
        """T as a dense matrix, (m, m)."""
        beside = torch.diag(self.off_diagonal, 1)
        return torch.diag(self.diagonal) + beside + beside.T


def lanczos(
    operator: SymmetricOperator, start: Tensor, steps: int, *, generator: torch.Generator | None = None
) -> Krylov:
    """Krylov space of a given dimension, one product for each dimension.

    Args:
        operator: Symmetric matrix A of size (P, P).
        start: Vector (P,), not zero; its direction is the first basis vector.
        steps: Dimension m of the space, at most P.
        generator: Source of the directions that continue the basis when it has become invariant; None makes one that
            is the same at every call.

    Returns:
        The space, with a basis of shape (P, m).

    Raises:
        TypeError: If it is no operator, or the generator is none.
        ValueError: If the start has another shape or is zero or undefined, or more steps than P are asked for.
        FloatingPointError: If a product is not finite.

    Source: Golub and Van Loan, Matrix Computations, chapter 10.
    """
    require_operators(operator)
    if not 1 <= steps <= operator.dim:
        raise ValueError(
            f"{steps} Lanczos steps asked of an operator of dimension {operator.dim}; use 1 to {operator.dim}"
        )
    length = start.double().norm() if start.shape == (operator.dim,) else None
    if length is None or not 0 < float(length) < float("inf"):
        raise ValueError(
            f"the start vector of shape {tuple(start.shape)} has length {length}; a finite nonzero vector "
            f"({operator.dim},) is needed"
        )
    # In single precision its length may be zero or infinite; a power of two changes nothing else.
    first = torch.ldexp(start.double(), -torch.frexp(length).exponent).to(operator.device)
    space = Subspace(stacked([operator]), first[None, None], steps, [given_or_own(generator)])
    if float(space.pending[0, 0] @ first.to(space.pending)) < 0:  # a QR decomposition leaves the sign open
        space.pending.neg_()
    for _ in range(steps):
        space.expand(torch.ones(1, 1, dtype=torch.float64, device="cpu"))
    inside = space.projected[0]
    beyond = space.couplings[0, :, -1]
    return Krylov(space.basis[0].T, inside.diagonal(), inside.diagonal(1), float(beyond.sum()))
