"""Which examples each member of a cohort sees at each update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor


def stream(seed: int, *path: int) -> torch.Generator:
    """A random stream of a run: equal numbers give equal streams, and different ones are independent."""
    state = np.random.SeedSequence(seed, spawn_key=path).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))


@dataclass
class DataOrder:
    """Batches drawn without replacement within an epoch, by a shuffle of its own for each seed.

    The order is a function of seed and step, so that nothing of it need be kept to go on later. Examples that no longer
    fill a batch are left out of their epoch; the next shuffle brings them back.

    Attributes:
        examples: Length of the training set N.
        batch_size: Examples B for an update; None is all of them, in their own order.
        seeds: One for each member.
    """

    examples: int
    batch_size: int | None
    seeds: Sequence[int]
    _shuffles: dict[int, _Shuffles] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.batch_size is not None and self.batch_size > self.examples:
            raise ValueError(
                f"a batch size of {self.batch_size} was asked for, and there are {self.examples} training examples; "
                "use fewer"
            )

    def batch(self, step: int) -> Tensor | None:
        """Places (K, B) of the examples of update `step`, counted from 0; None where every member sees all."""
        if self.batch_size is None:
            return None
        epoch, number = divmod(step, self.examples // self.batch_size)
        batch = slice(number * self.batch_size, (number + 1) * self.batch_size)
        return torch.stack([self._shuffle(seed, epoch)[batch] for seed in self.seeds])

    def _shuffle(self, seed: int, epoch: int) -> Tensor:
        if seed not in self._shuffles or self._shuffles[seed].epoch > epoch:
            self._shuffles[seed] = _Shuffles(stream(seed, 1), self.examples)
        return self._shuffles[seed].at(epoch)


@dataclass
class _Shuffles:
    """The shuffles of one seed, epoch after epoch."""

    generator: torch.Generator
    examples: int
    epoch: int = -1
    order: Tensor = field(default_factory=lambda: torch.empty(0))

    def at(self, epoch: int) -> Tensor:
        """The shuffle of an epoch that is not before the one asked for last."""
        while self.epoch < epoch:
            self.order = torch.randperm(self.examples, generator=self.generator)
            self.epoch += 1
        return self.order
