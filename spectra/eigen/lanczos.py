"""The Lanczos recurrence with full reorthogonalisation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.eigen.probes import own_generator
from spectra.operators import SymmetricOperator

NOISE_POWER = 3 / 4
"""A residual shorter than eps^(3/4) of the operator's scale is rounding noise. Small off-diagonal entries amplify
noise: on matrices of dimension 6 with a repeated eigenvalue it reached 5e-13 in double precision, far above eps."""


@dataclass(frozen=True)
class Krylov:
    """An orthonormal basis Q of a Krylov space, and the operator in it: A Q = Q T + r e_m'.

    T (m, m) is tridiagonal, in double precision on the CPU; r, the residual, is orthogonal to Q.
    """

    basis: Tensor  # (P, m), orthonormal columns
    diagonal: Tensor  # (m,), diagonal of T
    off_diagonal: Tensor  # (m - 1,), beside the diagonal of T
    residual_norm: float  # length of r
    invariant: bool  # r is rounding noise: the space is full, and a fresh random direction continues it

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
        ValueError: If the start has another shape or is zero or undefined, or more steps than P are asked for.
        FloatingPointError: If a product is not finite.

    Source: Golub and Van Loan, Matrix Computations, chapter 10.
    """
    if not 1 <= steps <= operator.dim:
        raise ValueError(
            f"{steps} Lanczos steps asked of an operator of dimension {operator.dim}; use 1 to {operator.dim}"
        )
    generator = own_generator() if generator is None else generator
    *_, last = krylov_spaces(operator, start, steps, generator=generator)
    return last


def krylov_spaces(
    operator: SymmetricOperator, start: Tensor, steps: int, *, generator: torch.Generator
) -> Iterator[Krylov]:
    """The spaces of dimension 1, 2, ..., steps, each after one more product; see `lanczos`."""
    length = start.norm() if start.shape == (operator.dim,) else None
    if length is None or not 0 < float(length) < float("inf"):
        raise ValueError(
            f"the start vector of shape {tuple(start.shape)} has length {length}; a finite nonzero vector "
            f"({operator.dim},) is needed"
        )
    basis = start.new_empty(steps, operator.dim)  # one row for each vector: projections are then contiguous
    basis[0] = start / length
    diagonal = torch.zeros(steps, dtype=torch.float64)
    beside = torch.zeros(steps, dtype=torch.float64)
    for step in range(steps):
        residual = operator @ basis[step]
        diagonal[step] = residual.double() @ basis[step].double()
        residual = _orthogonalised(residual, basis[: step + 1])
        length = _length(residual, step)
        scale = max(float(diagonal[: step + 1].abs().max()), float(beside.max()))
        invariant = length <= torch.finfo(basis.dtype).eps ** NOISE_POWER * scale
        yield Krylov(basis[: step + 1].T, diagonal[: step + 1], beside[:step], length, invariant)
        if step + 1 < steps:
            beside[step] = 0.0 if invariant else length
            basis[step + 1] = _fresh_direction(basis[: step + 1], generator) if invariant else residual / length


def _orthogonalised(vector: Tensor, basis: Tensor) -> Tensor:
    # Twice is enough: one Gram-Schmidt pass loses digits when the vector is nearly in the span (Giraud et al. 2005).
    for _ in range(2):
        vector = vector - basis.T @ (basis @ vector)
    return vector


def _length(residual: Tensor, step: int) -> float:
    length = float(residual.double().norm())
    if not length < float("inf"):
        raise FloatingPointError(
            f"product {step + 1} of the Lanczos recurrence is not finite; look for NaN or Inf in the weights, the data "
            "or the loss"
        )
    return length


def _fresh_direction(basis: Tensor, generator: torch.Generator) -> Tensor:
    """A random unit vector orthogonal to the basis: it continues a space that has become invariant."""
    draw = torch.randn(basis.shape[1], generator=generator, dtype=basis.dtype).to(basis.device)
    fresh = _orthogonalised(draw, basis)
    unit: Tensor = fresh / fresh.norm()
    return unit
