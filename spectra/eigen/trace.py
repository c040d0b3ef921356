"""Trace of a symmetric operator from products with random vectors."""

from __future__ import annotations

import torch

from spectra.eigen.deflated_mean import deflated_mean
from spectra.eigen.deflation import trace_correction
from spectra.eigen.estimate import Estimate, Goal
from spectra.operators import SymmetricOperator


def trace(
    operator: SymmetricOperator,
    *,
    tolerance: float = 0.02,
    absolute_tolerance: float = 0.0,
    max_matvecs: int = 1000,
    max_basis: int = 32,
    generator: torch.Generator | None = None,
) -> Estimate:
    """Trace as the mean of v'Av over random sign vectors v, less the part that other probes explain.

    Probes are drawn until the standard error is small enough. Where eigenvalues are alike this is Hutchinson's
    estimator and costs as many products. Where a few are large, the products themselves give an approximation B of A
    of low rank, and the sample of a probe is trace(B) + v'(A - B)v with a B that does not know it: many times fewer
    products, and none beside those with the probes. After P products, or at once for P up to 8, P more with the unit
    vectors leave no error.

    The memory is `max_basis` vectors of length P at most.

    Args:
        operator: Symmetric matrix A of size (P, P).
        tolerance: Standard error to stop at, relative to the value.
        absolute_tolerance: Standard error to stop at, in the unit of the trace; for traces that may be near zero.
        max_matvecs: Stop after this many products.
        max_basis: Products to keep, and so the largest rank of B plus one. With less than 3 nothing is deflated.
        generator: Source of the probes, on the CPU; None makes one that is the same at every call.

    Returns:
        The estimate; it may stop unconverged.

    Raises:
        TypeError: If it is no operator, or the generator is none.
        ValueError: If fewer than 8 products are allowed, the tolerance is not positive, or none are to be kept.
        FloatingPointError: If a product is not finite.

    Source: Hutchinson 1990, Communications in Statistics 19, 433; Epperly, Tropp and Webber 2024, XTrace, section 2.
    """
    return deflated_mean(
        operator,
        Goal(tolerance, absolute_tolerance, max_matvecs, max_basis),
        generator,
        samples=lambda sketch: sketch.forms,
        correction=trace_correction,
        share=lambda index, column: column[index],
    )
