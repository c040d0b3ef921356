"""Linear regions between examples, and how the patterns of active units differ, along a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from torch import nn

from spectra.features.activation_patterns import activation_patterns, pattern_diversity
from spectra.features.linear_regions import linear_regions
from spectra.training.layer_measures import networks
from spectra.training.rows import Memory, Values
from spectra.training.split_examples import Split, named_by_split, split_examples
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class LinearRegions:
    """Linear regions that the straight lines between neighbouring examples cross, in the mean over the lines.

    The lines go from the first example to the second, from the third to the fourth, and so on. The network must be
    piecewise linear. The quantity is `linear_regions` on the training set and `test_linear_regions` on the test set.

    Attributes:
        grid: When.
        split: On which examples.
        examples: Their number, always the first; an even one.
    """

    grid: StepGrid
    split: Split = "train"
    examples: Annotated[int, Field(ge=2, multiple_of=2)] = 32
    kind: Literal["linear_regions"] = "linear_regions"

    quantity = named_by_split

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The mean of every member.

        Raises:
            ValueError: If an expansion is trained, or the network is not piecewise linear.
        """
        inputs, _ = split_examples(cohort.dataset, self.split, self.examples)
        lines = inputs.split(2)
        counts = [
            [linear_regions(module, line).regions for line in lines] for module in networks(cohort, self.quantity)
        ]
        return [[(self.quantity, 0, sum(of_one) / len(lines))] for of_one in counts]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ActivationDiversity:
    """Share of units that are active for one of two examples and not for the other, in the mean over pairs.

    Beside it stand `<quantity>_distinct`, different patterns over examples; `<quantity>_entropy`, of the units in bits;
    and `<quantity>_fixed`, the share of units that are active for all examples or for none. The quantity is
    `pattern_diversity` on the training set and `test_pattern_diversity` on the test set.

    Attributes:
        grid: When.
        split: On which examples.
        examples: Their number, always the first.
    """

    grid: StepGrid
    split: Split = "train"
    examples: Annotated[int, Field(ge=2)] = 256
    kind: Literal["pattern_diversity"] = "pattern_diversity"

    quantity = named_by_split

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The diversity of every member.

        Raises:
            ValueError: If an expansion is trained, or no activation of the network bends at a point.
        """
        return [list(self._rows(cohort, module)) for module in networks(cohort, self.quantity)]

    def _rows(self, cohort: Cohort, module: nn.Module) -> Values:
        inputs, _ = split_examples(cohort.dataset, self.split, self.examples)
        found = pattern_diversity(activation_patterns(module, inputs))
        yield self.quantity, 0, found.distance
        yield f"{self.quantity}_distinct", 0, found.distinct
        yield f"{self.quantity}_entropy", 0, found.entropy
        yield f"{self.quantity}_fixed", 0, found.fixed
