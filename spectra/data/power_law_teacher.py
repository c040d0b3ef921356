"""Linear regression whose loss falls as a power law in time, with an exponent that is chosen."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import torch
from pydantic import ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.data.dataset import Dataset
from spectra.data.random_stream import random_stream
from spectra.objectives.criteria import squared_error


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class PowerLawTeacher:
    """A linear teacher on Gaussian features, with power laws in the spectrum and in the target.

    The features are independent, x_i ~ N(0, lambda_i) for i = 1 ... D, and the targets are y = w*.x + noise with

        lambda_i = i^-capacity                                          (capacity condition)
        lambda_i (w*_i)^2 = A i^-(1 + capacity source)                  (source condition)

    where A makes the variance of w*.x one. What the modes below an eigenvalue carry is then a power law of it with
    exponent `source`: the sum of lambda_i (w*_i)^2 over lambda_i < lambda is about A / (capacity source) lambda^source.
    Gradient flow from zero weights on the population loss, which has no one-half, leaves

        L(t) - noise^2 = sum_i lambda_i (w*_i)^2 exp(-4 lambda_i t)
                       ~ A / (capacity source) Gamma(1 + source) (4 t)^-source    for 1 << 4 t << D^capacity;

    the D modes that there are make it smaller by a share of about (4 t / D^capacity)^source / Gamma(1 + source).
    In other words of the field: nu = capacity, zeta = source, kappa = capacity source, and, with the norm of
    Sigma^(1/2 - r) w* just infinite, r = source / 2. The features are the eigenvectors: a method that treats
    coordinates one by one, such as Adam, sees the covariance as diagonal.

    Attributes:
        capacity: Exponent of the spectrum, nu.
        source: Exponent of the loss in time, zeta.
        dimension: Number of features D.
        noise: Standard deviation of the Gaussian noise on the targets of both sets.
        train_examples: Length of the training set.
        test_examples: Length of the test set.
        data_seed: Seed of both sets.

    Source: Velikanov and Yarotsky 2021, Explicit loss asymptotics in the gradient descent training of neural networks
    (arXiv 2105.00507), for the law and its constant; there the loss has a one-half.
    """

    capacity: Annotated[float, Field(gt=0, le=10)] = 2.0
    source: Annotated[float, Field(gt=0, le=10)] = 1.0
    dimension: PositiveInt = 256
    noise: NonNegativeFloat = 0.0
    train_examples: PositiveInt = 4096
    test_examples: PositiveInt = 1024
    data_seed: NonNegativeInt = 0
    kind: Literal["power_law_teacher"] = "power_law_teacher"

    def load(self) -> Dataset:
        """Features (N, D) and targets (N, 1) in double precision."""
        train, test = (
            self._examples(count, random_stream(self.data_seed, stream))
            for stream, count in enumerate((self.train_examples, self.test_examples))
        )
        return Dataset(*train, *test, squared_error, 1)

    @property
    def eigenvalues(self) -> Tensor:
        """Variances lambda_i of the features, (D,), largest first."""
        return self._modes**-self.capacity

    @property
    def teacher(self) -> Tensor:
        """Weights w*_i of the teacher, (D,), all positive."""
        return math.sqrt(self._amplitude) * self._modes ** ((self.capacity * (1 - self.source) - 1) / 2)

    @property
    def loss_exponent(self) -> float:
        """Exponent of the population loss above its floor in the time of gradient flow: the source exponent."""
        return self.source

    @property
    def loss_floor(self) -> float:
        """Population loss of the teacher itself, the variance of the noise."""
        return self.noise**2

    def population_loss(self, weights: Tensor) -> Tensor:
        """Exact mean squared error of the linear predictor w.x on new examples, for weights (..., D).

        L(w) = sum_i lambda_i (w_i - w*_i)^2 + noise^2.
        """
        return (self.eigenvalues * (weights - self.teacher).square()).sum(-1) + self.loss_floor

    def flow_weights(self, times: Tensor) -> Tensor:
        """Weights (..., D) that gradient flow on the population loss reaches from zero at times (...)."""
        return self.teacher * -torch.expm1(-2 * self.eigenvalues * times[..., None])

    def asymptotic_loss(self, times: Tensor) -> Tensor:
        """The power law, above the floor, that `flow_weights` follow for 1 << 4 t << D^capacity, at times (...)."""
        constant = self._amplitude / (self.capacity * self.source) * math.gamma(1 + self.source)
        return constant * (4 * times) ** -self.source + self.loss_floor

    @property
    def _modes(self) -> Tensor:
        return torch.arange(1, self.dimension + 1, dtype=torch.float64)

    @property
    def _amplitude(self) -> float:
        """A: what the first mode carries of the variance of the targets, which is one."""
        return 1 / float((self._modes ** -(1 + self.capacity * self.source)).sum())

    def _examples(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        white = torch.randn(count, self.dimension, generator=generator, dtype=torch.float64)
        noise = torch.randn(count, generator=generator, dtype=torch.float64)
        features = white * self.eigenvalues.sqrt()
        # A sum of products, not a matrix product: its bits do not depend on the number of threads.
        return features, ((features * self.teacher).sum(1) + self.noise * noise)[:, None]
