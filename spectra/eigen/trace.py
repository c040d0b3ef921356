"""Trace of a symmetric operator from products with random vectors."""

from __future__ import annotations

import torch

from spectra.eigen.deflation import estimated, trace_correction
from spectra.eigen.estimate import Estimate, Goal
from spectra.eigen.probes import unit_products, unit_vectors_pay
from spectra.eigen.sketch import sketches
from spectra.operators import SymmetricOperator
from spectra.operators.chance import own_generator
from spectra.operators.symmetric import require_operators


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
        TypeError: If it is no operator.
        ValueError: If fewer than 8 products are allowed, the tolerance is not positive, or none are to be kept.
        FloatingPointError: If a product is not finite.

    Source: Hutchinson 1990, Communications in Statistics 19, 433; Epperly, Tropp and Webber 2024, XTrace, section 2.
    """
    require_operators(operator)
    goal = Goal(tolerance, absolute_tolerance, max_matvecs, max_basis)
    if unit_vectors_pay(operator, 0, max_matvecs):
        return _summed(operator, 0)
    generator = own_generator() if generator is None else generator
    for sketch in sketches(operator, max_basis, max_matvecs, generator):
        estimate = estimated(sketch, sketch.forms, trace_correction, goal)
        if estimate.converged:
            break
        if unit_vectors_pay(operator, estimate.matvecs, max_matvecs):
            return _summed(operator, estimate.matvecs)
    return estimate


def _summed(operator: SymmetricOperator, spent: int) -> Estimate:
    value = sum(float(column[index]) for index, column in enumerate(unit_products(operator, spent)))
    return Estimate(value, 0.0, spent + operator.dim, True)
