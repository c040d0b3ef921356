"""How many units are active."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import torch
from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.training.rows import Memory, Values
from spectra.training.split_examples import Split, named_by_split, split_examples
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ActiveShare:
    """Share of relu units above zero, over units and examples: `active_share`, or `test_active_share` on the test set.

    The index counts the layers of relu units, in the order in which they run.

    Attributes:
        grid: When.
        split: On which examples.
        examples: How many of them, the first; None is all.
    """

    grid: StepGrid
    split: Split = "train"
    examples: PositiveInt | None = None
    kind: Literal["active_share"] = "active_share"
    entries: ClassVar[None] = None  # the run alone tells how many

    quantity = named_by_split

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The share of every member, layer by layer.

        Raises:
            ValueError: If the model has no relu units.
        """
        inputs, _ = split_examples(cohort.dataset, self.split, self.examples)
        rows: list[Values] = []
        for member in range(cohort.stack.members):
            shares = active_shares(cohort.module(member), inputs)
            if not shares:
                raise ValueError(
                    f"the measurement {self.quantity} counts relu units above zero, and the model has none; leave it "
                    'out, or use activation = "relu"'
                )
            rows.append([(self.quantity, layer, share) for layer, share in enumerate(shares)])
        return rows


def active_shares(module: nn.Module, inputs: Tensor) -> list[float]:
    """Share of the outputs of every `nn.ReLU` of a module that are above zero, in the order in which they run."""
    found: list[float] = []

    def note(part: nn.Module, given: Any, units: Tensor) -> None:  # noqa: ARG001
        found.append(float((units > 0).double().mean()))

    hooks = [part.register_forward_hook(note) for part in module.modules() if isinstance(part, nn.ReLU)]
    try:
        with torch.no_grad():
            module(inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return found
