"""Trace of a symmetric operator from products with random vectors."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import torch

from spectra.eigen.probes import own_generator
from spectra.operators import SymmetricOperator

FEWEST_PROBES = 8
"""A standard error from fewer probes is itself too uncertain to stop by."""


@dataclass(frozen=True)
class Estimate:
    """A number from random probes, with what it cost."""

    value: float
    standard_error: float
    matvecs: int  # products with the operator that were spent
    converged: bool  # the standard error reached the tolerance


def trace(
    operator: SymmetricOperator,
    *,
    tolerance: float = 0.02,
    max_matvecs: int = 1000,
    generator: torch.Generator | None = None,
) -> Estimate:
    """Trace by Hutchinson's estimator: the mean of v'Av over random sign vectors v.

    Probes are drawn until the standard error is below the tolerance. Where thousands of eigenvalues are alike, as in
    neural networks, deflated estimators need as many products.

    Args:
        operator: Symmetric matrix A of size (P, P).
        tolerance: Standard error to stop at, relative to the value.
        max_matvecs: Stop after this many products.
        generator: Source of the probes, on the CPU; None makes one that is the same at every call.

    Returns:
        The estimate; it may stop unconverged.

    Raises:
        ValueError: If fewer than 8 products are allowed or the tolerance is not positive.
        FloatingPointError: If a product is not finite.

    Source: Hutchinson 1990, Communications in Statistics 19, 433.
    """
    if max_matvecs < FEWEST_PROBES:
        raise ValueError(f"at most {max_matvecs} products were allowed; a standard error needs {FEWEST_PROBES} or more")
    if not tolerance > 0:
        raise ValueError(f"a tolerance of {tolerance} was given; it must be positive")
    generator = own_generator() if generator is None else generator
    samples: list[float] = []
    value, error = 0.0, inf
    while len(samples) < max_matvecs and not error <= tolerance * abs(value):
        samples.append(_sample(operator, generator, len(samples) + 1))
        if len(samples) >= FEWEST_PROBES:
            drawn = torch.tensor(samples, dtype=torch.float64)
            value, error = float(drawn.mean()), float(drawn.std() / len(samples) ** 0.5)
    return Estimate(value, error, len(samples), error <= tolerance * abs(value))


def _sample(operator: SymmetricOperator, generator: torch.Generator, number: int) -> float:
    signs = 2 * torch.randint(2, (operator.dim,), generator=generator) - 1
    probe = signs.to(operator.device, operator.dtype)
    sample = float((operator @ probe).double() @ probe.double())
    if not abs(sample) < inf:
        raise FloatingPointError(f"product {number} of the trace is not finite; look for NaN or Inf in weights or data")
    return sample
