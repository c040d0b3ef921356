"""The mean loss of a network on fixed examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
        batches: Pairs (inputs, targets). Batches bound the size of a single forward pass.
    """

    network: Network
    criterion: Criterion
    batches: Sequence[tuple[Tensor, Tensor]]

    def __post_init__(self) -> None:
        lengths = [(len(inputs), len(targets)) for inputs, targets in self.batches]
        if not lengths or any(inputs != targets or inputs == 0 for inputs, targets in lengths):
            raise ValueError(
                f"the batches hold {lengths} (inputs, targets); at least one batch is needed, none may be empty, and "
                "each needs as many targets as inputs"
            )

    @property
    def examples(self) -> int:
        """Number of examples N in all batches."""
        return sum(len(inputs) for inputs, _ in self.batches)

    def __call__(self, weights: Tensor) -> Tensor:
        """Mean loss, a scalar, at weights (P,)."""
        return torch.stack([self.share(weights, inputs, targets) for inputs, targets in self.batches]).sum()

    def share(self, weights: Tensor, inputs: Tensor, targets: Tensor) -> Tensor:
        """What one batch adds to the mean loss: the sum of its losses over the number of all examples."""
        losses = self.criterion.losses(self.network(weights, inputs), targets)
        if losses.shape != (len(inputs),):
            raise ValueError(
                f"the criterion {self.criterion.name!r} returned losses of shape {tuple(losses.shape)} for "
                f"{len(inputs)} examples; it must return one loss for each example, ({len(inputs)},)"
            )
        return losses.sum() / self.examples
