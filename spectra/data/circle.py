"""A cubic on the circle, from few points."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import ConfigDict, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.data.dataset import Dataset
from spectra.data.sphere_points import sphere_points
from spectra.objectives.criteria import squared_error


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Circle:
    """Evenly spaced points u on the unit circle, as inputs (u_1, stretch u_2), and a target with odd and even parts,

        4 u_1 u_2^2 - 0.8 u_1^3 + 1.2 u_2^2 - 0.8 u_1^2 u_2.

    On the circle itself all inputs are equally long, and a tangent kernel of surrogate gradients is symmetric; on an
    ellipse it is not.

    Attributes:
        train_examples: Points to train with.
        test_examples: Points to test with.
        stretch: Length of the second axis over that of the first; 1 is the circle.

    Source: the target of Eilers, Memmesheimer and Goedeke 2024 (arXiv 2405.15539), who train with 15 points.
    """

    train_examples: PositiveInt = 15
    test_examples: PositiveInt = 100
    stretch: PositiveFloat = 1.0
    kind: Literal["circle"] = "circle"

    def load(self) -> Dataset:
        """Points (N, 2) and targets (N, 1) in double precision."""
        train, test = (sphere_points(count, 2) for count in (self.train_examples, self.test_examples))
        axes = torch.tensor([1.0, self.stretch], dtype=torch.float64)
        return Dataset(train * axes, _cubic(train), test * axes, _cubic(test), squared_error, 1)


def _cubic(points: Tensor) -> Tensor:
    first, second = points[:, :1], points[:, 1:]
    return 4 * first * second**2 - 0.8 * first**3 + 1.2 * second**2 - 0.8 * first**2 * second
