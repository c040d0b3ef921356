"""Points all over a sphere with a target whose loss has a known power law."""

from __future__ import annotations

import math
from typing import Literal

import torch
from pydantic import ConfigDict, NonNegativeInt, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.data.dataset import Dataset
from spectra.data.fixed_order import fixed_order
from spectra.data.random_stream import random_stream
from spectra.data.sphere_points import sphere_points
from spectra.objectives.criteria import squared_error

Target = Literal["indicator", "neuron", "gaussian_process"]

JITTER = 1e-12
"""Added to the unit variance of the Gaussian process: 8,192 points on the circle, whose smallest eigenvalues are about
as small, still have a Cholesky factor, and the draw changes by a millionth."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Sphere:
    """Evenly spread points x on the unit sphere S^(d-1), as a quadrature of the uniform measure, and a target f*(x).

        indicator           1 where x_1 > 0, 0 elsewhere
        neuron              max(x_1, 0)
        gaussian_process    a draw with covariance kappa_1(x.x'), kappa_1(u) = (u (pi - acos u) + sqrt(1 - u^2)) / pi,
                            which is what an infinitely wide ReLU layer with He's scaling computes at random weights

    Averages over the points are integrals over the sphere up to the resolution of the points, so that their tangent
    kernel has the eigenvalues of the integral operator as long as these are many fewer than the points.

    Attributes:
        dimension: d, the number of coordinates of a point.
        target: Which function is to be learnt.
        train_examples: Points to train with.
        test_examples: Points to test with: an arrangement of its own, turned against that of the training.
        data_seed: Seed of the draw from the Gaussian process; the points do not depend on it.

    Source: kappa_1 is the arc-cosine kernel of order one of Cho and Saul 2009, Kernel Methods for Deep Learning.
    """

    dimension: Literal[2, 3, 4]
    target: Target
    train_examples: PositiveInt = 1024
    test_examples: PositiveInt = 1024
    data_seed: NonNegativeInt = 0
    kind: Literal["sphere"] = "sphere"

    def load(self) -> Dataset:
        """Points (N, d) and targets (N, 1) in double precision."""
        # Shuffled, so that the first examples are spread over the sphere too.
        train = sphere_points(self.train_examples, self.dimension)[_order(self.train_examples)]
        test = (sphere_points(self.test_examples, self.dimension) @ _turn(self.dimension))[_order(self.test_examples)]
        targets = self._values(torch.cat([train, test]))[:, None]
        return Dataset(train, targets[: len(train)], test, targets[len(train) :], squared_error, 1)

    def _values(self, points: Tensor) -> Tensor:
        if self.target == "indicator":
            return (points[:, 0] > 0).double()
        if self.target == "neuron":
            return points[:, 0].clamp(min=0)
        white = torch.randn(len(points), generator=random_stream(self.data_seed, 0), dtype=torch.float64)
        covariance = wide_layer_covariance(points @ points.T) + JITTER * torch.eye(len(points), dtype=torch.float64)
        factor: Tensor = torch.linalg.cholesky(covariance)
        return factor @ white


def wide_layer_covariance(cosines: Tensor) -> Tensor:
    """kappa_1(u) of cosines u of any shape: twice the mean product of two rectified Gaussians of unit variance."""
    cosines = cosines.clamp(-1, 1)
    angles = cosines.acos()
    return (cosines * (math.pi - angles) + (1 - cosines.square()).sqrt()) / math.pi


def _order(count: int) -> Tensor:
    return torch.from_numpy(fixed_order(count, 0, count))


def _turn(dimension: int) -> Tensor:
    """A rotation, always the same, that moves every axis."""
    draw = torch.randn(dimension, dimension, generator=random_stream(0, dimension), dtype=torch.float64)
    turn: Tensor = torch.linalg.qr(draw).Q
    return turn
