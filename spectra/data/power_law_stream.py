"""Linear regression of fresh examples, each seen once, with a test set that gives the population loss exactly."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import ConfigDict, Field, NonNegativeInt, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.data.dataset import Dataset
from spectra.data.power_law_teacher import PowerLawTeacher


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class PowerLawStream:
    """The task of `PowerLawTeacher` without noise, for stochastic gradient descent in one pass.

    As long as no example is seen twice, every batch is a fresh draw: batch size times steps must be at most
    `train_examples`. The test set is the axes of the features, x_i = sqrt(D lambda_i) e_i for i = 1 ... D: a linear
    predictor w.x has on it the mean squared error

        1/D sum_i D lambda_i (w_i - w*_i)^2 = sum_i lambda_i (w_i - w*_i)^2,

    which is its mean squared error on new examples, without sampling error.

    Attributes:
        capacity: Exponent of the spectrum, lambda_i = i^-capacity; nu.
        source: Exponent of what the modes below an eigenvalue carry; zeta.
        dimension: Number of features D, and length of the test set.
        train_examples: Length of the stream.
        data_seed: Seed of the stream; the task does not depend on it.
    """

    capacity: Annotated[float, Field(gt=0, le=10)]
    source: Annotated[float, Field(gt=0, le=10)]
    dimension: PositiveInt = 256
    train_examples: PositiveInt = 4096
    data_seed: NonNegativeInt = 0
    kind: Literal["power_law_stream"] = "power_law_stream"

    def load(self) -> Dataset:
        """Features (N, D) and targets (N, 1); as test set D axes; in double precision."""
        task = self.task
        stream = task.load()
        axes = torch.diag((self.dimension * task.eigenvalues).sqrt())
        return Dataset(
            stream.inputs, stream.targets, axes, _labels(axes, task.teacher), stream.criterion, stream.outputs
        )

    @property
    def task(self) -> PowerLawTeacher:
        """Eigenvalues, teacher and population loss."""
        return PowerLawTeacher(
            capacity=self.capacity,
            source=self.source,
            dimension=self.dimension,
            train_examples=self.train_examples,
            test_examples=1,
            data_seed=self.data_seed,
        )


def _labels(inputs: Tensor, teacher: Tensor) -> Tensor:
    return (inputs * teacher).sum(1, keepdim=True)
