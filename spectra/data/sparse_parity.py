"""Many small parity tasks that occur with the frequencies of a power law."""

from __future__ import annotations

import math
from typing import Literal

import torch
from pydantic import ConfigDict, NonNegativeFloat, NonNegativeInt, PositiveInt, model_validator
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.data.dataset import Dataset
from spectra.data.random_stream import random_stream
from spectra.objectives.criteria import cross_entropy


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class SparseParity:
    """Multi-task sparse parity: control bits say which few task bits the label is the parity of.

    An input is `tasks` control bits, of which one is 1, then `bits` task bits, each 0 or 1 with probability one half.
    Under control bit i the label is the sum modulo 2 of `subset_size` task bits, a random subset that belongs to task
    i. Task i = 1, 2, ... occurs with probability

        p_i = i^-(1 + exponent) / sum_j j^-(1 + exponent).

    A predictor that knows the first n tasks, and only guesses on the others, has the loss log 2 sum_{i > n} p_i, which
    falls as n^-exponent for 1 << n << tasks.

    Attributes:
        tasks: Number of tasks.
        bits: Number of task bits.
        subset_size: Task bits that a label depends on.
        exponent: alpha; the frequencies fall as i^-(alpha + 1).
        train_examples: Length of the training set.
        test_examples: Length of the test set, of the same frequencies.
        data_seed: Seed of the subsets and of both sets.

    Source: Michaud, Liu, Girit and Tegmark 2023, The Quantization Model of Neural Scaling (arXiv 2303.13506).
    """

    tasks: PositiveInt = 100
    bits: PositiveInt = 50
    subset_size: PositiveInt = 3
    exponent: NonNegativeFloat = 0.4
    train_examples: PositiveInt = 10000
    test_examples: PositiveInt = 2000
    data_seed: NonNegativeInt = 0
    kind: Literal["sparse_parity"] = "sparse_parity"

    @model_validator(mode="after")
    def _subsets_fit(self) -> SparseParity:
        if self.subset_size > self.bits:
            raise ValueError(
                f"a subset_size of {self.subset_size} was asked for, and there are {self.bits} task bits; use at most "
                "as many, or more bits"
            )
        return self

    def load(self) -> Dataset:
        """Bits (N, tasks + bits) in double precision, labels (N,), 0 or 1."""
        train, test = (
            self._examples(count, random_stream(self.data_seed, stream))
            for stream, count in ((1, self.train_examples), (2, self.test_examples))
        )
        return Dataset(*train, *test, cross_entropy, 2)

    @property
    def frequencies(self) -> Tensor:
        """Probability of each task, (tasks,), the most frequent first."""
        powers = torch.arange(1, self.tasks + 1, dtype=torch.float64) ** -(1 + self.exponent)
        return powers / powers.sum()

    @property
    def subsets(self) -> Tensor:
        """Task bits that the label of each task depends on, (tasks, subset_size), sorted; two tasks may share one."""
        generator = random_stream(self.data_seed, 0)
        ranks = torch.rand(self.tasks, self.bits, generator=generator, dtype=torch.float64).argsort(1)
        return ranks[:, : self.subset_size].sort(1).values

    def loss_of_knowing(self, first: int) -> float:
        """Mean loss, in nats, of a predictor that knows the first tasks exactly and gives even odds on the others.

        Raises:
            ValueError: If it is to know a negative number of tasks, or more than there are.
        """
        if not 0 <= first <= self.tasks:
            raise ValueError(f"knowing {first} tasks was asked for, and there are {self.tasks}; use 0 to {self.tasks}")
        return math.log(2) * float(self.frequencies[first:].sum())

    def tasks_of(self, inputs: Tensor) -> Tensor:
        """Which task each of the inputs (N, tasks + bits) belongs to, (N,), counted from 0."""
        return inputs[:, : self.tasks].argmax(1)

    def task_examples(self, task: int, examples: int) -> tuple[Tensor, Tensor]:
        """New inputs and labels of one task, for a test of it alone; the same at every call.

        Args:
            task: Which, counted from 0, the most frequent.
            examples: How many.

        Raises:
            ValueError: If there is no such task.
        """
        if not 0 <= task < self.tasks:
            raise ValueError(f"task {task} was asked for; with {self.tasks} tasks it must be 0 to {self.tasks - 1}")
        return self._labelled(torch.full((examples,), task), random_stream(self.data_seed, 3 + task))

    def _examples(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        return self._labelled(self.frequencies.multinomial(count, replacement=True, generator=generator), generator)

    def _labelled(self, tasks: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        bits = torch.randint(2, (len(tasks), self.bits), generator=generator)
        labels = bits.gather(1, self.subsets[tasks]).sum(1) % 2
        control = torch.nn.functional.one_hot(tasks, self.tasks)
        return torch.cat([control, bits], 1).double(), labels
