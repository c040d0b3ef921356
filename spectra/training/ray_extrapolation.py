"""How a network goes on beyond its examples, along rays from the origin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.kernels.extrapolation import ray_growth, ray_lines
from spectra.training.rows import Memory, Values, named_by_kind
from spectra.training.split_examples import split_examples
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class RayExtrapolation:
    """How outputs f(t x) go along the rays through training inputs x, for t from `start` to `factor` times that.

    `ray_nonlinearity` is 1 - R^2 of a straight line in t, in the mean over rays and outputs: 0 for a line. `ray_growth`
    is the power p with which |f(t x)| grows as t^p, from root mean squares over rays and outputs; of a network that
    starts as the zero function it has no row there.

    Attributes:
        kind: Which of the two.
        grid: When.
        examples: Number of rays, through the first training inputs.
        start: Smallest t; 1 is the example itself.
        factor: Largest t over the smallest.
        points: Values of t on a ray; evenly spaced for the first, in the logarithm for the second.

    Source: Xu et al. 2020 (arXiv 2009.11848) for lines, Wu et al. 2022 (arXiv 2209.07736) for polynomials.
    """

    kind: Literal["ray_nonlinearity", "ray_growth"]
    grid: StepGrid
    examples: PositiveInt = 64
    start: PositiveFloat = 1.0
    factor: Annotated[float, Field(gt=1, le=1e6)] = 10.0
    points: Annotated[int, Field(ge=3)] = 50

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The number of every member.

        Raises:
            ValueError: If inputs are no real numbers.
        """
        inputs, _ = split_examples(cohort.dataset, "train", self.examples)
        if not inputs.is_floating_point():
            raise ValueError(
                f"the measurement {self.kind} multiplies inputs, and those of {inputs.dtype} are names; leave it out, "
                "or use data of real numbers"
            )
        members = (cohort.module(member) for member in range(cohort.stack.members))
        return [list(self._rows(module, inputs)) for module in members]

    def _rows(self, module: nn.Module, inputs: Tensor) -> Values:
        with torch.no_grad():
            zero = not bool(module(inputs).any())
        asked = {"start": self.start, "factor": self.factor}
        if self.kind == "ray_nonlinearity":
            yield self.kind, 0, float(1 - ray_lines(module, inputs, points=self.points, **asked).r_squared.mean())
        elif not zero:
            yield self.kind, 0, ray_growth(module, inputs, points=self.points, **asked)
