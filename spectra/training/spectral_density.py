"""The whole spectrum of the curvature, as point masses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import torch
from pydantic import ConfigDict, Field, PositiveInt
from pydantic.dataclasses import dataclass

from spectra.eigen import spectral_density
from spectra.eigen.smoothing import spreads, visible
from spectra.operators import SymmetricOperator
from spectra.training.member_curvature import effective_hessian_of_each
from spectra.training.rows import Memory, Values, named_by_kind, numbered_rows
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class SpectralDensity:
    """Spectrum of the matrix whose largest eigenvalue is the effective sharpness, by stochastic Lanczos quadrature.

    The spectrum is a sum of point masses, sum_i w_i delta(lambda - lambda_i), from several random probes; those of a
    probe come one after the other, largest first, and the index counts on. `spectral_density` is the place lambda_i,
    `spectral_density_weight` the mass w_i, the share of all P eigenvalues that it stands for; the masses add up to one.
    `spectral_density_width` is the standard deviation of a Gaussian to draw instead of the mass; see
    `spectra.eigen.Density`. With them come `spectral_density_dimension`, P, so that P w_i is a number of eigenvalues,
    and `spectral_density_matvecs`. Under Adam and AdamW it exists from the first update on.

    Attributes:
        grid: When. Each time stores up to 3 times `probes` times `lanczos_steps` numbers: a few times are enough.
        examples: Number of training examples, always the first.
        probes: Random start vectors, two or more.
        lanczos_steps: Products for each at most; so many vectors of length P are held.

    Source: Ubaru, Chen and Saad 2017, Fast Estimation of tr(f(A)) via Stochastic Lanczos Quadrature.
    """

    grid: StepGrid
    examples: PositiveInt = 512
    probes: Annotated[int, Field(ge=2)] = 10
    lanczos_steps: PositiveInt = 100
    kind: Literal["spectral_density"] = "spectral_density"
    entries: ClassVar[None] = None  # the run alone tells how many

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The spectrum of every member, one member after the other."""
        if cohort.step_sizes() is None:
            return [()] * cohort.stack.members
        operators = effective_hessian_of_each(cohort, self.examples)
        return [list(self._rows(*one)) for one in zip(operators, generators, strict=True)]

    def _rows(self, operator: SymmetricOperator, generator: torch.Generator) -> Values:
        found = spectral_density(operator, probes=self.probes, steps=self.lanczos_steps, generator=generator)
        widths = visible(spreads(found.nodes, found.residuals), found.nodes, found.weights)
        columns = {"": found.nodes, "_weight": found.weights / self.probes, "_width": widths}
        for ending, numbers in columns.items():
            yield from numbered_rows(f"{self.kind}{ending}", numbers.flatten())
        yield f"{self.kind}_dimension", 0, float(operator.dim)
        yield f"{self.kind}_matvecs", 0, float(found.matvecs)
