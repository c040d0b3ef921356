"""The mean loss of every member."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass

from spectra.training.rows import Memory, Values
from spectra.training.split_examples import Split, named_by_split, split_examples
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Loss:
    """Mean loss on a fixed set of examples: `loss` on the training set, `test_loss` on the test set.

    Attributes:
        grid: When.
        split: On which examples.
        examples: How many of them, the first; None is all.
    """

    grid: StepGrid
    split: Split = "train"
    examples: PositiveInt | None = None
    kind: Literal["loss"] = "loss"

    quantity = named_by_split

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """Mean loss of every member."""
        losses = cohort.mean_loss(*split_examples(cohort.dataset, self.split, self.examples))
        return [[(self.quantity, 0, value)] for value in losses.tolist()]
