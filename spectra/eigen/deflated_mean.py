"""The mean of a quantity over sign probes, from as many as are needed."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from spectra.eigen.deflation import Correction, estimated
from spectra.eigen.estimate import Estimate, Goal
from spectra.eigen.probes import unit_products, unit_vectors_pay
from spectra.eigen.sketch import Sketch, sketches
from spectra.operators import SymmetricOperator
from spectra.operators.chance import given_or_own
from spectra.operators.symmetric import require_operators


def deflated_mean(
    operator: SymmetricOperator,
    goal: Goal,
    generator: torch.Generator | None,
    *,
    samples: Callable[[Sketch], Tensor],
    correction: Correction,
    share: Callable[[int, Tensor], Tensor],
) -> Estimate:
    """The mean over probes, or the sum over the unit vectors where these cost no more.

    Args:
        operator: Symmetric matrix A of size (P, P).
        goal: When to stop.
        generator: Source of the probes; None makes one that is the same at every call.
        samples: The quantity for each of the n probes of a sketch, (n,).
        correction: What deflates it.
        share: (number of a unit vector, its product with A (P,)) -> what that adds to the sum.

    Raises:
        TypeError: If it is no operator, or the generator is none.
        FloatingPointError: If a product is not finite.
    """
    require_operators(operator)
    generator = given_or_own(generator)
    if unit_vectors_pay(operator, 0, goal.max_matvecs):
        return _summed(operator, 0, share)
    for sketch in sketches(operator, goal, generator):
        estimate = estimated(sketch, samples(sketch), correction, goal)
        if estimate.converged:
            break
        if unit_vectors_pay(operator, estimate.matvecs, goal.max_matvecs):
            return _summed(operator, estimate.matvecs, share)
    return estimate


def _summed(operator: SymmetricOperator, spent: int, share: Callable[[int, Tensor], Tensor]) -> Estimate:
    value = sum(float(share(index, column)) for index, column in enumerate(unit_products(operator, spent)))
    return Estimate(value, 0.0, spent + operator.dim, True)
