"""How many directions stand out of the weight matrices, along a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

import torch
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass
from torch import nn

from spectra.features.weight_spectrum import weight_spectrum
from spectra.training.layer_measures import networks
from spectra.training.rows import Memory, Values, named_by_kind
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class WeightSpectra:
    """Spectrum of every weight matrix; the index counts them, from the inputs on.

        weight_outliers      eigenvalues of W W' that are too large for noise of independent entries
        weight_stable_rank   |W|_F^2 / |W|^2

    The second axis of W and those behind it count as one, and parameters with one row or column are no matrices. A
    matrix of zeros has no row.

    Attributes:
        kind: Which of them.
        grid: When.
    """

    kind: Literal["weight_outliers", "weight_stable_rank"]
    grid: StepGrid
    entries: ClassVar[None] = None  # the run alone tells how many

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The numbers of every member.

        Raises:
            ValueError: If an expansion is trained.
        """
        return [list(self._rows(module)) for module in networks(cohort, self.quantity)]

    def _rows(self, module: nn.Module) -> Values:
        matrices = [one for one in module.parameters() if one.ndim > 1 and min(len(one), one[0].numel()) > 1]
        for index, matrix in enumerate(matrices):
            if bool(matrix.any()):
                found = weight_spectrum(matrix)
                outliers = self.kind == "weight_outliers"
                yield self.quantity, index, float(found.outliers if outliers else found.ranks.stable)
