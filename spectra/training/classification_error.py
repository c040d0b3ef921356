"""How many examples a network puts into a wrong class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.objectives import Criterion
from spectra.training.rows import Memory, Values
from spectra.training.split_examples import Split, named_by_split, split_examples
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ClassificationError:
    """Share of misclassified examples, between 0 and 1: `error` on the training set, `test_error` on the test set.

    An example is misclassified if its largest output is not that of its class; of equal outputs the first counts as the
    largest. A token is an example of its own, and its class is the token that follows.

    Attributes:
        grid: When.
        split: On which examples.
        examples: How many of them, the first; None is all.
    """

    grid: StepGrid
    split: Split = "train"
    examples: PositiveInt | None = None
    kind: Literal["error"] = "error"

    quantity = named_by_split

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The share of every member.

        Raises:
            ValueError: If the targets are numbers and no classes.
        """
        inputs, targets = split_examples(cohort.dataset, self.split, self.examples)
        if targets.is_floating_point():
            raise ValueError(
                f"the measurement {self.quantity} counts misclassified examples, and targets of shape "
                f"{tuple(targets.shape)} and {targets.dtype} are no classes; use loss, or data with classes"
            )
        judged = replace(cohort, dataset=replace(cohort.dataset, criterion=misclassified), made={})
        return [[(self.quantity, 0, share)] for share in judged.mean_loss(inputs, targets).tolist()]


def _wrong(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs.argmax(-1) != targets).to(outputs)


def _flat(outputs: Tensor, targets: Tensor, directions: Tensor) -> Tensor:  # noqa: ARG001
    return torch.zeros_like(directions)


misclassified = Criterion("misclassified", _wrong, _flat)
"""1 where the largest output (N, ..., C) is not that of the class (N, ...), else 0; without slope and curvature."""
