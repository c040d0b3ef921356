"""Leading eigenpairs of a symmetric operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from spectra.eigen.lanczos import Krylov, krylov_spaces
from spectra.eigen.probes import own_generator
from spectra.operators import SymmetricOperator

FEWEST_STEPS = 4
"""A warm start looks converged in the wrong eigenvector after one or two products when eigenvectors turn."""

NOISE = 0.1
"""Length of the random part of a warm start, relative to the given part."""


@dataclass(frozen=True)
class Eigenpairs:
    """Leading eigenpairs of a symmetric operator, largest eigenvalue first."""

    values: Tensor  # (k,)
    vectors: Tensor  # (P, k), orthonormal columns
    residuals: Tensor  # (k,), length of A v - value * v
    matvecs: int  # products with the operator that were spent
    converged: bool  # every residual is at most tolerance * largest |value|


def top_eigenpairs(
    operator: SymmetricOperator,
    count: int = 1,
    *,
    which: Literal["largest", "smallest"] = "largest",
    start: Tensor | None = None,
    tolerance: float = 1e-3,
    max_matvecs: int = 200,
    generator: torch.Generator | None = None,
) -> Eigenpairs:
    """The algebraically largest (or smallest) eigenvalues with their eigenvectors, by Lanczos.

    Every residual length bounds the distance to an eigenvalue: the interval value +- residual contains one. That it is
    the topmost is very likely but not certain from products alone, and of an eigenvalue that is repeated exactly a
    second copy can be missed. Not reaching the tolerance is a result.

    The memory is `max_matvecs` vectors of length P at most; only as many as products were spent are touched.

    Args:
        operator: Symmetric matrix A of size (P, P).
        count: Number k of eigenpairs.
        which: The end of the spectrum. Largest means largest with sign, not in absolute value.
        start: Vectors (P,) or (P, j) near the eigenvectors, for example those of the step before. Their sum is mixed
            with a tenth of noise, so that an eigenvector that turned away is still found. None starts at random.
        tolerance: Stop when every residual is below this fraction of the largest |value| found.
        max_matvecs: Stop after this many products.
        generator: Source of the random vectors, on the CPU; None makes one that is the same at every call, and leaves
            torch's global one alone.

    Returns:
        Eigenpairs with vectors of shape (P, k).

    Raises:
        ValueError: If `count` is not between 1 and P, if fewer products than `count` are allowed, or the start does not
            fit the operator.
        FloatingPointError: If a product is not finite.

    Source: Golub and Van Loan, Matrix Computations, chapter 10; residual of a Ritz pair |r| |last entry of its vector|.
    """
    if not 1 <= count <= min(operator.dim, max_matvecs):
        raise ValueError(
            f"{count} eigenpairs asked of an operator of dimension {operator.dim} with at most {max_matvecs} products; "
            "ask for at least 1 and at most the smaller of both"
        )
    if which not in ("largest", "smallest"):
        raise ValueError(f"the end {which!r} of the spectrum was asked for; possible are 'largest' and 'smallest'")
    sign = 1.0 if which == "largest" else -1.0
    generator = own_generator() if generator is None else generator
    begin = _start(operator, start, generator)
    invariant = 0
    for space in krylov_spaces(operator, begin, min(max_matvecs, operator.dim), generator=generator):
        dimension = len(space.diagonal)
        invariant += space.invariant
        if dimension < min(max(count, FEWEST_STEPS), operator.dim, max_matvecs):
            continue
        pairs = _ritz(space, count, sign, tolerance)
        # One invariant space holds every eigenvalue once; copies appear in those that fresh directions add to it.
        if pairs.converged and (invariant == 0 or invariant >= count or dimension == operator.dim):
            break
    return _with_vectors(pairs, space)


def _start(operator: SymmetricOperator, start: Tensor | None, generator: torch.Generator) -> Tensor:
    draw = torch.randn(operator.dim, generator=generator, dtype=operator.dtype).to(operator.device)
    if start is None:
        return draw
    if start.shape[0] != operator.dim or start.ndim > 2:
        raise ValueError(
            f"start vectors of shape {tuple(start.shape)} do not fit an operator of dimension {operator.dim}; pass "
            f"({operator.dim},) or ({operator.dim}, j)"
        )
    given = start.reshape(operator.dim, -1).sum(1)
    if not bool(given.norm() > 0):
        raise ValueError("the start vectors add up to zero or are undefined; pass nonzero vectors, or none")
    mixed: Tensor = given / given.norm() + NOISE * draw / draw.norm()
    return mixed


def _ritz(space: Krylov, count: int, sign: float, tolerance: float) -> Eigenpairs:
    """Eigenpairs of T at the wanted end; their vectors still in the coordinates of the basis."""
    values, vectors = torch.linalg.eigh(space.tridiagonal)
    wanted = slice(-count, None) if sign > 0 else slice(0, count)
    values, vectors = values[wanted].flip(0), vectors[:, wanted].flip(1)
    residuals = space.residual_norm * vectors[-1].abs()
    largest = float(values.abs().max())
    converged = bool((residuals <= tolerance * largest).all())
    return Eigenpairs(values, vectors, residuals, len(space.diagonal), converged)


def _with_vectors(pairs: Eigenpairs, space: Krylov) -> Eigenpairs:
    vectors = space.basis @ pairs.vectors.to(space.basis)
    return Eigenpairs(pairs.values, vectors, pairs.residuals, pairs.matvecs, pairs.converged)
