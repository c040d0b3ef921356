"""Diagonal of a symmetric operator from products with random vectors."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.eigen.approximation import Approximation, approximation
from spectra.eigen.deflation import PREFERENCE
from spectra.eigen.estimate import Goal
from spectra.eigen.probes import FEWEST_PROBES, checks, finite_product, sign_probe, unit_products, unit_vectors_pay
from spectra.eigen.running_moments import RunningMoments
from spectra.notebook import as_html
from spectra.operators import SymmetricOperator
from spectra.operators.chance import given_or_own
from spectra.operators.symmetric import require_operators


@dataclass(frozen=True)
class DiagonalEstimate:
    """The diagonal of an operator from random probes, with what it cost.

    Attributes:
        values: Entries (P,), in double precision, on the device of the operator.
        standard_errors: One for each entry, (P,).
        matvecs: Products with the operator that were spent.
        converged: Whether the length of the standard errors is at most the tolerance times the length of the values.
    """

    values: Tensor
    standard_errors: Tensor
    matvecs: int
    converged: bool

    _repr_html_ = as_html


def diagonal(
    operator: SymmetricOperator,
    *,
    tolerance: float = 0.05,
    max_matvecs: int = 1000,
    max_basis: int = 32,
    generator: torch.Generator | None = None,
) -> DiagonalEstimate:
    """Diagonal as the mean of v * Av, entry by entry, over random sign vectors v, less a part known from other probes.

    The variance of an entry is the sum of the squares beside it in its row, over the number of probes. Where few
    eigenvalues dominate, the first products give an approximation B of A of low rank; the diagonal is then that of B
    plus the mean of v * (A - B)v over the probes after them. That is used where it makes the error smaller. After P
    products, or at once for P up to 8, P more with the unit vectors leave no error.

    The memory is one and a half times `max_basis` vectors of length P in the precision of the operator, as many signs
    of one byte each, and ten vectors in double precision.

    Args:
        operator: Symmetric matrix A of size (P, P).
        tolerance: Length of the vector of standard errors to stop at, relative to that of the diagonal.
        max_matvecs: Stop after this many products.
        max_basis: Products to keep; half of them make B. With less than 16 nothing is deflated.
        generator: Source of the probes, on the CPU; None makes one that is the same at every call.

    Returns:
        The estimate, with values and standard errors of shape (P,); it may stop unconverged.

    Raises:
        TypeError: If it is no operator, or the generator is none.
        ValueError: If fewer than 8 products are allowed, the tolerance is not positive, or none are to be kept.
        FloatingPointError: If a product is not finite.

    Source: Bekas, Kokiopoulou and Saad 2007, Applied Numerical Mathematics 57, 1214; a split into probes that
        approximate and probes that correct from Meyer, Musco, Musco and Woodruff 2021, Hutch++.
    """
    require_operators(operator)
    goal, generator = Goal(tolerance, 0.0, max_matvecs, max_basis), given_or_own(generator)
    if unit_vectors_pay(operator, 0, max_matvecs):
        return _picked(operator, 0)
    return _sampled(operator, goal, generator)


def _sampled(operator: SymmetricOperator, goal: Goal, generator: torch.Generator) -> DiagonalEstimate:
    plain, split = _Sampled.none(operator), None
    probes: list[Tensor] = []
    products: list[Tensor] = []
    looks, splits = set(checks(goal.max_matvecs)), _splits(goal.max_basis)
    for number in range(1, goal.max_matvecs + 1):
        probe = sign_probe(operator, generator)
        product = finite_product(operator, probe, number)
        plain.add(probe, product)
        if split is not None:
            split.add(probe, product)
        if number <= max(splits, default=0):
            probes.append(probe.to(torch.int8))
            products.append(product)
        if number in splits:
            split = _Sampled.second_half(operator, torch.stack(probes), torch.stack(products))
        if number not in looks:
            continue
        estimate = _better(plain, split, number, goal)
        if estimate.converged:
            break
        if unit_vectors_pay(operator, number, goal.max_matvecs):
            return _picked(operator, number)
    return estimate


def _picked(operator: SymmetricOperator, spent: int) -> DiagonalEstimate:
    exact = torch.stack([column[index] for index, column in enumerate(unit_products(operator, spent))])
    return DiagonalEstimate(exact, torch.zeros_like(exact), spent + operator.dim, True)


def _splits(max_basis: int) -> set[int]:
    """Numbers of products at which the first half becomes an approximation: 16, 32, ... up to the largest basis."""
    numbers = {2 * FEWEST_PROBES * 2**power for power in range(max_basis.bit_length())}
    return {number for number in numbers if number <= max_basis}


@dataclass(frozen=True)
class _Sampled:
    """The diagonal of an approximation, and what probes that it does not know add to it."""

    approximation: Approximation | None
    known: Tensor  # (P,)
    rest: RunningMoments

    @staticmethod
    def none(operator: SymmetricOperator) -> _Sampled:
        zeros = torch.zeros(operator.dim, dtype=torch.float64, device=operator.device)
        return _Sampled(None, zeros, RunningMoments(operator.dim, operator.device))

    @staticmethod
    def second_half(operator: SymmetricOperator, probes: Tensor, products: Tensor) -> _Sampled:
        half = len(probes) // 2
        near = approximation(probes, products, half)
        sampled = _Sampled(near, near.diagonal(), RunningMoments(operator.dim, operator.device))
        for probe, product in zip(probes[half:], products[half:], strict=True):
            sampled.add(probe.to(product.dtype), product)
        return sampled

    def add(self, probe: Tensor, product: Tensor) -> None:
        left = product if self.approximation is None else product - self.approximation.product(probe)
        self.rest.add(probe.double() * left.double())

    def estimate(self, matvecs: int, goal: Goal) -> DiagonalEstimate:
        values, errors = self.known + self.rest.mean, self.rest.standard_errors
        return DiagonalEstimate(values, errors, matvecs, goal.reached(float(values.norm()), float(errors.norm())))


def _better(plain: _Sampled, split: _Sampled | None, matvecs: int, goal: Goal) -> DiagonalEstimate:
    simple = plain.estimate(matvecs, goal)
    if split is None or simple.converged:
        return simple
    deflated = split.estimate(matvecs, goal)
    smaller = deflated.standard_errors.square().sum() * PREFERENCE < simple.standard_errors.square().sum()
    return deflated if smaller else simple
