"""Where the eigenvalues of the curvature lie, as quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import ConfigDict, Field, PositiveInt
from pydantic.dataclasses import dataclass

from spectra.eigen import spectral_density
from spectra.operators import SymmetricOperator
from spectra.training.member_curvature import effective_hessian_of_each
from spectra.training.rows import Memory, Values, named_by_kind, numbered_rows
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort

Fraction = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class DensityQuantile:
    """Quantiles of the eigenvalues of the matrix whose largest one is the effective sharpness.

    The eigenvalue below which a fraction of all P lie, by stochastic Lanczos quadrature; see `spectral_density`. The
    index counts the fractions as they are given. With it come `density_quantile_fraction`, the fraction itself,
    `density_quantile_standard_error` over the probes, and `density_quantile_matvecs`. Most eigenvalues of a network
    with more weights than residuals are near zero, and so are their quantiles: they may be negative, and relative
    changes of them say little. Under Adam and AdamW it exists from the first update on.

    Attributes:
        grid: When.
        examples: Number of training examples, always the first.
        fractions: Of the eigenvalues, each between 0 and 1.
        probes: Random start vectors, two or more.
        lanczos_steps: Products for each at most; so many vectors of length P are held.
    """

    grid: StepGrid
    examples: PositiveInt = 512
    fractions: Annotated[tuple[Fraction, ...], Field(min_length=1)] = (0.99, 0.9, 0.5, 0.1, 0.01)
    probes: Annotated[int, Field(ge=2)] = 10
    lanczos_steps: PositiveInt = 100
    kind: Literal["density_quantile"] = "density_quantile"

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The quantiles of every member, one member after the other."""
        if cohort.step_sizes() is None:
            return [()] * cohort.stack.members
        operators = effective_hessian_of_each(cohort, self.examples)
        return [list(self._rows(*one)) for one in zip(operators, generators, strict=True)]

    def _rows(self, operator: SymmetricOperator, generator: torch.Generator) -> Values:
        found = spectral_density(operator, probes=self.probes, steps=self.lanczos_steps, generator=generator)
        curve = found.quantiles(torch.tensor(self.fractions, dtype=torch.float64))
        columns = {"": curve.values, "_fraction": curve.points, "_standard_error": curve.standard_errors}
        for ending, numbers in columns.items():
            yield from numbered_rows(f"{self.kind}{ending}", numbers)
        yield f"{self.kind}_matvecs", 0, float(found.matvecs)
