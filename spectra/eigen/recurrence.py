"""Lanczos recurrences as quadratures: how the eigenvalues are distributed, as one random probe sees it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.eigen.lanczos import lanczos
from spectra.eigen.probes import checks, sign_probe
from spectra.eigen.smoothing import crowded_grid, cumulated, inverted, spreads
from spectra.operators import SymmetricOperator


@dataclass(frozen=True)
class Recurrence:
    """What is left of a Krylov space when its basis is gone."""

    tridiagonal: Tensor  # (m, m)
    residual_norm: float

    @property
    def steps(self) -> int:
        """Number m of products that were made."""
        return len(self.tridiagonal)

    def rule(self, steps: int) -> tuple[Tensor, Tensor, Tensor]:
        """Nodes, weights and residuals after the first steps, (steps,) each: the Gauss quadrature of the probe."""
        values, vectors = torch.linalg.eigh(self.tridiagonal[:steps, :steps])
        beyond = self.residual_norm if steps == self.steps else float(self.tridiagonal[steps, steps - 1])
        return values.flip(0), vectors[0].square().flip(0), beyond * vectors[-1].abs().flip(0)


def recurrence(operator: SymmetricOperator, steps: int, generator: torch.Generator) -> Recurrence:
    """The recurrence from a random sign vector; its basis, `steps` vectors of length P, is not kept."""
    space = lanczos(operator, sign_probe(operator, generator), steps, generator=generator)
    return Recurrence(space.tridiagonal, space.residual_norm)


def enough_steps(longest: Recurrence, tolerance: float) -> int:
    """Fewest steps whose cumulative distribution is that of all steps, but for the tolerance.

    Up and down that is the tolerance itself; sideways it is this part of the range that nine tenths of the eigenvalues
    lie in. Without the second, a step of many eigenvalues near zero, as Hessians have, would never be steep enough.
    """
    last = longest.steps
    points, final = _cumulative(longest, last, None)
    low, high = inverted(points.new_tensor([0.05, 0.95]), points, final[0])
    aside = tolerance * (high - low)
    for steps in checks(last):
        if steps >= last:
            break
        _, left = _cumulative(longest, steps, points - aside)
        _, right = _cumulative(longest, steps, points + aside)
        if bool(((left - tolerance <= final) & (final <= right + tolerance)).all()):
            break
    return min(steps, last)


def _cumulative(longest: Recurrence, steps: int, points: Tensor | None) -> tuple[Tensor, Tensor]:
    nodes, weights, residuals = (part[None] for part in longest.rule(steps))
    widths = spreads(nodes, residuals)
    points = crowded_grid(nodes, widths) if points is None else points
    return points, cumulated(points, nodes, weights, widths)
