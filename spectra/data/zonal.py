"""A sum of functions on a sphere, one of each of some degrees, each about an axis of its own."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import torch
from pydantic import ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.data.dataset import Dataset
from spectra.data.fixed_order import fixed_order
from spectra.data.random_stream import random_stream
from spectra.data.sphere_points import sphere_points
from spectra.objectives.criteria import squared_error


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Zonal:
    """Points x on the unit sphere S^(d-1), and the target f*(x) = A sum_k Y_k(<x, e_k>) over some degrees k.

    The axes e_k are random unit vectors, and with P_k the Legendre polynomial of dimension d, P_k(1) = 1,

        harmonic     Y_k = N(d, k)^(1/2) P_k, with the mean square 1 on the sphere: an eigenfunction of every kernel of
                     the inner product, with the eigenvalue of its degree (`spectra.asymptotics.zonal_eigenvalues`)
        gegenbauer   Y_k = C_k^((d-1)/2), a polynomial of the degree that is orthogonal on the sphere of one dimension
                     more and no eigenfunction here: it holds lower degrees k - 2, k - 4, ... too, and its size grows
                     fast with k

    Attributes:
        dimension: d, the number of coordinates of a point.
        degrees: k, in rising order.
        amplitude: A.
        form: Which functions Y_k.
        train_examples: Points to train with: for d of 2 to 4 as evenly spread as those of `sphere`, beyond independent.
        test_examples: Points to test with, independent.
        data_seed: Seed of the axes and the independent points.

    Source: Wu et al. 2022 (arXiv 2209.07736), whose form is "gegenbauer".
    """

    dimension: Annotated[int, Field(ge=2, le=100)] = 3
    degrees: Annotated[tuple[Annotated[int, Field(ge=0, le=100)], ...], Field(min_length=1)] = (1, 3, 4, 5, 8, 12)
    amplitude: PositiveFloat = 0.1
    form: Literal["harmonic", "gegenbauer"] = "harmonic"
    train_examples: PositiveInt = 1000
    test_examples: PositiveInt = 1000
    data_seed: NonNegativeInt = 0
    kind: Literal["zonal"] = "zonal"

    @model_validator(mode="after")
    def _rising(self) -> Zonal:
        if list(self.degrees) != sorted(set(self.degrees)):
            raise ValueError(f"the degrees {self.degrees} do not rise; give each once, from the lowest on")
        return self

    def load(self) -> Dataset:
        """Points (N, d) and targets (N, 1) in double precision."""
        train, test = self._points()
        targets, test_targets = (self.amplitude * self.parts(points).sum(1, keepdim=True) for points in (train, test))
        return Dataset(train, targets, test, test_targets, squared_error, 1)

    def parts(self, points: Tensor) -> Tensor:
        """Y_k(<x, e_k>) of every degree at points (N, d), (N, degrees), in double precision."""
        cosines = points.double() @ self._axes().T.to(points.device)
        found = [self._part(k, cosines[:, place]) for place, k in enumerate(self.degrees)]
        return torch.stack(found, 1)

    def _part(self, degree: int, cosines: Tensor) -> Tensor:
        if self.form == "harmonic":
            return math.sqrt(multiplicity(self.dimension, degree)) * legendre(self.dimension, degree, cosines)
        largest = math.comb(degree + self.dimension - 2, degree)
        return largest * legendre(self.dimension + 1, degree, cosines)

    def _axes(self) -> Tensor:
        return _directions(len(self.degrees), self.dimension, random_stream(self.data_seed, 0))

    def _points(self) -> tuple[Tensor, Tensor]:
        test = _directions(self.test_examples, self.dimension, random_stream(self.data_seed, 2))
        if self.dimension <= 4:
            order = torch.from_numpy(fixed_order(self.train_examples, 0, self.train_examples))
            return sphere_points(self.train_examples, self.dimension)[order], test
        return _directions(self.train_examples, self.dimension, random_stream(self.data_seed, 1)), test


def legendre(dimension: int, degree: int, cosines: Tensor) -> Tensor:
    """P_k(u) of dimension d and degree k, P_k(1) = 1, in the shape of the cosines; on the circle cos(k t).

    (k + d - 2) P_(k+1) = (2k + d - 2) u P_k - k P_(k-1).
    """
    previous, current = torch.zeros_like(cosines), torch.ones_like(cosines)
    for k in range(degree):
        following = cosines if k == 0 else (2 * k + dimension - 2) * cosines * current - k * previous
        previous, current = current, following / (k + dimension - 2 if k else 1)
    return current


def multiplicity(dimension: int, degree: int) -> int:
    """Number N(d, k) of independent harmonics of a degree on S^(d-1).

    >>> [multiplicity(3, degree) for degree in range(4)]
    [1, 3, 5, 7]
    """
    lower = math.comb(degree + dimension - 3, dimension - 1) if degree > 1 else 0
    return math.comb(degree + dimension - 1, dimension - 1) - lower


def _directions(count: int, dimension: int, generator: torch.Generator) -> Tensor:
    draws = torch.randn(count, dimension, generator=generator, dtype=torch.float64)
    return torch.nn.functional.normalize(draws, dim=1)
