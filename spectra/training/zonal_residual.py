"""Which degrees of a target on a sphere are left to learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from spectra.data.zonal import Zonal
from spectra.training.eigenvalue_rows import Memory, Values
from spectra.training.step_grid import StepGrid
from spectra.training.tangent_kernel import residuals_of

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ZonalResidual:
    """|b_k| / A, what is left of the part of degree k of a target f* = A sum_k Y_k of the data `zonal`.

    b are the coefficients of least squares of the residuals f - f* in the functions Y_k on all training points, A the
    amplitude of the target. It is 1 for the zero function and 0 where the part is learnt. The index is the degree.

    Where the tangent kernel does not move and has the eigenvalue lambda_k (`spectra.asymptotics.zonal_eigenvalues`),
    an update of plain descent at the rate e multiplies b_k by 1 - 2 e lambda_k, as far as the points resolve the
    degree.

    Attributes:
        grid: When.

    Source: Wu et al. 2022 (arXiv 2209.07736), who project residuals on each function by itself.
    """

    grid: StepGrid
    kind: Literal["zonal_residual"] = "zonal_residual"

    @property
    def quantity(self) -> str:
        """The kind."""
        return self.kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """What is left of every degree, of every member.

        Raises:
            ValueError: If the data are no zonal functions, or there are fewer points than degrees.
        """
        given = cohort.specs[0].data
        data: object = given
        if not isinstance(data, Zonal):
            raise ValueError(
                f"the measurement {self.kind} knows the parts of the data zonal, and those of {given.kind} not; "
                "leave it out, or use that data"
            )
        points, targets = cohort.dataset.inputs, cohort.dataset.targets
        if len(points) < len(data.degrees):
            raise ValueError(f"{len(points)} points for {len(data.degrees)} degrees; use more train_examples")
        parts = data.parts(points)
        found = []
        for member in range(cohort.stack.members):
            residuals = residuals_of(cohort.module(member), points, targets, self.kind).double()
            left = torch.linalg.lstsq(parts, residuals).solution[:, 0].abs() / data.amplitude
            found.append([(self.kind, k, value) for k, value in zip(data.degrees, left.tolist(), strict=True)])
        return found
