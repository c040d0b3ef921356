"""Frobenius norm of a symmetric operator from products with random vectors."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import torch

from spectra.eigen.deflated_mean import deflated_mean
from spectra.eigen.deflation import square_correction
from spectra.eigen.estimate import Estimate, Goal
from spectra.operators import SymmetricOperator


def frobenius_norm(
    operator: SymmetricOperator,
    *,
    tolerance: float = 0.02,
    max_matvecs: int = 1000,
    max_basis: int = 32,
    generator: torch.Generator | None = None,
) -> Estimate:
    """Frobenius norm, the root of the sum of all squared eigenvalues, as the root of the mean of |Av|^2 over signs v.

    The mean is deflated as in `trace`. Squares of eigenvalues fall off faster than they do themselves, so it nearly
    always pays. The standard error is that of the mean over twice the root (the delta method).

    The memory is `max_basis` vectors of length P at most.

    Args:
        operator: Symmetric matrix A of size (P, P).
        tolerance: Standard error to stop at, relative to the value.
        max_matvecs: Stop after this many products.
        max_basis: Products to keep. With less than 3 nothing is deflated.
        generator: Source of the probes, on the CPU; None makes one that is the same at every call.

    Returns:
        The estimate; it may stop unconverged.

    Raises:
        TypeError: If it is no operator, or the generator is none.
        ValueError: If fewer than 8 products are allowed, the tolerance is not positive, or none are to be kept.
        FloatingPointError: If a product is not finite.

    Source: Hutchinson 1990, with A^2 for A; leave-one-out approximations from Epperly, Tropp and Webber 2024, XTrace.
    """
    goal = Goal(tolerance, 0.0, max_matvecs, max_basis)
    square = deflated_mean(
        operator,
        replace(goal, tolerance=2 * tolerance),  # the relative error of a root is half that of the square
        generator,
        samples=lambda sketch: sketch.squares,
        correction=square_correction,
        share=lambda _, column: column @ column,
    )
    value = sqrt(max(square.value, 0.0))
    error = square.standard_error / (2 * value) if value > 0 else sqrt(square.standard_error)
    return Estimate(value, error, square.matvecs, square.converged)
