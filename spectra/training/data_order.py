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
        known: Places (K, n) of those among them that each member sees, in its own order; None is all.
    """

    examples: int
    batch_size: int | None
    seeds: Sequence[int]
    known: Tensor | None = None
    _shuffles: dict[int, _Shuffles] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.batch_size is not None and self.batch_size > self._seen:
            raise ValueError(
                f"a batch size of {self.batch_size} was asked for, and there are {self._seen} training examples; "
                "use fewer"
            )

    @property
    def _seen(self) -> int:
        return self.examples if self.known is None else self.known.shape[1]

    def batch(self, step: int) -> Tensor | None:
        """Places (K, B) of the examples of update `step`, counted from 0; None where an update takes all there are."""
        if self.batch_size is None:
            return self.known
        epoch, number = divmod(step, self._seen // self.batch_size)
        batch = slice(number * self.batch_size, (number + 1) * self.batch_size)
        places = torch.stack([self._shuffle(seed, epoch)[batch] for seed in self.seeds])
        return places if self.known is None else self.known.gather(1, places)

    def kept(self, members: Sequence[int]) -> DataOrder:
        """The order of some of the members."""
        seeds = [self.seeds[member] for member in members]
        return DataOrder(
            self.examples, self.batch_size, seeds, None if self.known is None else self.known[list(members)]
        )

    def on(self, known: Tensor | None) -> DataOrder:
        """The order with which the members see other examples from now on."""
        return DataOrder(self.examples, self.batch_size, self.seeds, known)

    def drawn(self, count: int | None) -> DataOrder:
        """The order with which they see so many examples, drawn by the seed; None is all.

        Of one seed a larger set begins with the smaller ones.
        """
        if count is None:
            return self.on(None)
        draws = [torch.randperm(self.examples, generator=stream(seed, 3))[:count] for seed in self.seeds]
        return self.on(torch.stack(draws))

    def _shuffle(self, seed: int, epoch: int) -> Tensor:
        if seed not in self._shuffles or self._shuffles[seed].epoch > epoch:
            self._shuffles[seed] = _Shuffles(stream(seed, 1), self._seen)
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
