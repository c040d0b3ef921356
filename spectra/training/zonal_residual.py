"""How much of one degree of a target on a sphere is left to learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ConfigDict, NonNegativeInt
from pydantic.dataclasses import dataclass

from spectra.data.zonal import Zonal
from spectra.training.rows import Memory, Values
from spectra.training.step_grid import StepGrid
from spectra.training.tangent_kernel import residuals_of

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ZonalResidual:
    """|b_k| / A, what is left of the part of degree k of a target f* = A sum_k Y_k of the data `zonal`.

    b are the coefficients of least squares of the residuals f - f* in the functions Y_k of all degrees on all training
    points, A the amplitude of the target. It is 1 for the zero function and 0 where the part is learnt. The quantity
    bears the degree: `residual_of_harmonic_5`.

    Where the tangent kernel does not move and has the eigenvalue lambda_k (`spectra.asymptotics.zonal_eigenvalues`),
    an update of plain descent at the rate e multiplies b_k by 1 - 2 e lambda_k, as far as the points resolve the
    degree.

    Attributes:
        degree: k, one of those of the target.
        grid: When.

    Source: Wu et al. 2022 (arXiv 2209.07736), who project residuals on each function by itself.
    """

    degree: NonNegativeInt
    grid: StepGrid
    kind: Literal["zonal_residual"] = "zonal_residual"

    @property
    def quantity(self) -> str:
        """`residual_of_harmonic_` and the degree."""
        return f"residual_of_harmonic_{self.degree}"

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """What is left of the degree, of every member.

        Raises:
            ValueError: If the data are no zonal functions or have no part of the degree, there are fewer points than
                degrees, or a temperature divides the outputs.
        """
        given = cohort.specs[0].data
        data: object = given
        if not isinstance(data, Zonal):
            raise ValueError(
                f"the measurement {self.kind} knows the parts of the data zonal, and those of {given.kind} not; "
                "leave it out, or use that data"
            )
        if self.degree not in data.degrees:
            listed = ", ".join(map(str, data.degrees))
            raise ValueError(f"{self.quantity} was asked for, and the target has the degrees {listed}; use one of them")
        if cohort.stack.temperatures is not None:
            raise ValueError(
                f"{self.kind} takes residuals of outputs, which a temperature divides; set temperature to 1"
            )
        points, targets = cohort.dataset.inputs, cohort.dataset.targets
        if len(points) < len(data.degrees):
            raise ValueError(
                f"{len(points)} training examples do not tell the parts of {len(data.degrees)} degrees apart; use more "
                "train_examples"
            )
        parts = data.parts(points)
        members = (cohort.module(member) for member in range(cohort.stack.members))
        residuals = torch.cat([residuals_of(module, points, targets, self.kind).double() for module in members], 1)
        left = torch.linalg.lstsq(parts, residuals).solution.abs() / data.amplitude
        return [[(self.quantity, 0, value)] for value in left[data.degrees.index(self.degree)].tolist()]
