"""How far an operator is from symmetric: a cheap test of whoever made it."""

from __future__ import annotations

import torch

from spectra.operators.chance import given_or_own, random_direction
from spectra.operators.symmetric import SymmetricOperator, require_operators


def asymmetry(operator: SymmetricOperator, *, generator: torch.Generator | None = None) -> float:
    """|u'A v - v'A u| / (|u| |A v| + |v| |A u|) for two random vectors u and v: zero up to rounding if A is symmetric.

    Two products tell whether an operator keeps its promise. Derivatives of derivatives that torch gets wrong, as
    forward-mode ones of normalization layers, and custom functions with a wrong backward pass mostly break symmetry.

    Args:
        operator: Matrix A of size (P, P) that should be symmetric.
        generator: Source of the vectors, on the CPU; None makes one that is the same at every call and on every rank.

    Returns:
        A number between 0 and 1. For exact operators it is of the size of the rounding error; for finite differences it
        is of the size of `operator.error`.

    Raises:
        TypeError: If it is no operator, or the generator is none.
        FloatingPointError: If a product is not finite.

    >>> asymmetry(SymmetricOperator(4, lambda block: 3 * block, torch.float64, torch.device("cpu"))) < 1e-15
    True
    """
    require_operators(operator)
    generator = given_or_own(generator)
    pair = [random_direction(operator.dim, generator, operator.dtype, operator.device) for _ in range(2)]
    u, v = (vector.double() for vector in pair)
    Au, Av = (operator @ torch.stack(pair, 1)).double().T
    if not bool(Au.isfinite().all() & Av.isfinite().all()):
        raise FloatingPointError("a product is not finite; look for NaN or Inf in the weights, the data or the loss")
    scale = u.norm() * Av.norm() + v.norm() * Au.norm()
    return float((u @ Av - v @ Au).abs() / scale) if scale > 0 else 0.0
