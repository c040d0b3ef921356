"""How many directions carry a kernel."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor

from spectra.eigen import Estimate, frobenius_norm, trace
from spectra.kernels.arguments import require_operator, require_real
from spectra.kernels.preconditions import require_finite
from spectra.kernels.regression_matrices import require_semidefinite
from spectra.notebook import as_html
from spectra.operators import SymmetricOperator


@dataclass(frozen=True)
class EffectiveRanks:
    """Three counts of the eigenvalues that matter; each is n for n equal ones, and 1 for a single one.

    Attributes:
        stable: Sum over the largest.
        participation: Squared sum over the sum of squares.
        entropy: exp of the entropy of the eigenvalues over their sum.
    """

    stable: float
    participation: float
    entropy: float

    _repr_html_ = as_html


def effective_ranks(eigenvalues: Tensor) -> EffectiveRanks:
    """Effective ranks of a positive semidefinite matrix from all its eigenvalues.

    Args:
        eigenvalues: (n,), in any order, such as torch.linalg.eigvalsh(kernel); those below zero by rounding count
            as zero.

    Returns:
        The three counts.

    Raises:
        TypeError: If they are no tensor.
        ValueError: If there is none, none is positive, one is not finite, or one is negative beyond 1e-10 times n times
            the largest.
    """
    require_real("eigenvalues", eigenvalues)
    require_finite("the eigenvalues", eigenvalues)
    if eigenvalues.ndim != 1 or not bool((eigenvalues > 0).any()):
        raise ValueError(
            f"{int((eigenvalues > 0).sum())} positive eigenvalues in the shape {tuple(eigenvalues.shape)} were given; "
            "one or more are needed, in one axis; those of a kernel are torch.linalg.eigvalsh(kernel)"
        )
    require_semidefinite(eigenvalues)
    values = eigenvalues.detach().double().clamp_min(0)
    total = values.sum()
    parts = values / total
    entropy = -torch.special.xlogy(parts, parts).sum()
    return EffectiveRanks(float(total / values.max()), float(total**2 / values.square().sum()), float(entropy.exp()))


def effective_rank(
    operator: SymmetricOperator,
    *,
    tolerance: float = 0.02,
    max_matvecs: int = 1000,
    generator: torch.Generator | None = None,
) -> Estimate:
    """Participation ratio trace(A)^2 / |A|_F^2 of a positive semidefinite operator, from products with random vectors.

    Args:
        operator: Symmetric matrix A of size (P, P), such as a tangent kernel.
        tolerance: Relative standard error of trace and norm to stop at; that of the ratio is up to 2.8 times as large.
        max_matvecs: Products to spend on each of the two at most.
        generator: Source of the probes, on the CPU; None makes one that is the same at every call.

    Returns:
        The estimate, with the products of both. Its standard error takes the two to be independent.

    Raises:
        TypeError: If a matrix is given in place of an operator.
        ValueError: If the norm is zero, or options do not fit those of `trace`.
        FloatingPointError: If a product is not finite.
    """
    require_operator("effective_rank", operator)
    total = trace(operator, tolerance=tolerance, max_matvecs=max_matvecs, generator=generator)
    norm = frobenius_norm(operator, tolerance=tolerance, max_matvecs=max_matvecs, generator=generator)
    if not norm.value > 0:
        raise ValueError(
            f"the operator has the Frobenius norm {norm.value:g}, by which the effective rank is divided; pass one "
            "that is not zero"
        )
    value = (total.value / norm.value) ** 2
    relative = 2 * sqrt((total.standard_error / total.value) ** 2 + (norm.standard_error / norm.value) ** 2)
    return Estimate(value, value * relative, total.matvecs + norm.matvecs, total.converged and norm.converged)
