"""The mean loss of a network on fixed examples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from spectra.operators.criteria import Criterion
from spectra.operators.network import Network


@dataclass(frozen=True)
class Objective:
    """Mean loss over all examples of all batches, L(w) = 1/N sum_n loss(f(w, x_n), y_n).

    Every example weighs alike, however the examples are cut into batches.

    Attributes:
        network: Maps (weights (P,), inputs (N, ...)) to outputs (N, C).
        criterion: Loss for each example.
        batches: Pairs (inputs, targets), for example a list or a DataLoader, read once and kept. Batches bound the size
            of a single forward pass.
        examples: Number of examples N in all batches.
    """

    network: Network
    criterion: Criterion
    batches: Iterable[tuple[Tensor, Tensor]]
    examples: int = field(init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.criterion, Criterion):
            raise TypeError(
                f"{self.criterion!r} is no Criterion; use cross_entropy or squared_error of spectra, or make one from "
                "a function of (outputs, targets) that returns a loss for each example: criterion(name, function)"
            )
        # A shuffled loader would show other examples, and a generator none, when it is read for the second time.
        object.__setattr__(self, "batches", tuple(self.batches))
        lengths = [(len(inputs), len(targets)) for inputs, targets in self.batches]
        if not lengths or any(inputs != targets or inputs == 0 for inputs, targets in lengths):
            raise ValueError(
                f"the batches hold {lengths} (inputs, targets); at least one batch is needed, none may be empty, and "
                "each needs as many targets as inputs"
            )
        object.__setattr__(self, "examples", sum(inputs for inputs, _ in lengths))

    def __call__(self, weights: Tensor) -> Tensor:
        """Mean loss, a scalar, at weights (P,)."""
        return torch.stack([self.share(weights, inputs, targets) for inputs, targets in self.batches]).sum()

    def share(self, weights: Tensor, inputs: Tensor, targets: Tensor) -> Tensor:
        """What one batch adds to the mean loss: the sum of its losses over the number of all examples."""
        outputs = self.network(weights, inputs)
        if not isinstance(outputs, Tensor):
            raise TypeError(
                f"the module returned a {type(outputs).__name__}, and a criterion needs one tensor of outputs; wrap "
                "the module in one whose forward returns that tensor"
            )
        losses = self.criterion.losses(outputs, targets)
        if losses.shape != (len(inputs),):
            raise ValueError(
                f"the criterion {self.criterion.name!r} returned losses of shape {tuple(losses.shape)} for "
                f"{len(inputs)} examples; it must return one loss for each example, ({len(inputs)},)"
            )
        return losses.sum() / self.examples
