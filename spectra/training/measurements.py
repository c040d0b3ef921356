"""What is measured along a run, as specs on a grid of steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass as plain_dataclass
from typing import Annotated, Literal, Protocol, runtime_checkable

import numpy as np
import torch
from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt, model_validator
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.data import Dataset
from spectra.eigen import Eigenpairs, top_eigenpairs
from spectra.objectives import Objective, flatten
from spectra.operators import SymmetricOperator, hessian
from spectra.operators.optimizers import effective_curvature, has_step_sizes

STRICT = ConfigDict(extra="forbid")
Values = Iterable[tuple[str, int, float]]  # quantity, index (0 for a single number), value


@plain_dataclass(frozen=True)
class Subject:
    """What a measurement may look at while a run goes on."""

    module: nn.Module
    optimizer: torch.optim.Optimizer
    dataset: Dataset
    generator: torch.Generator  # for start vectors and probes; the training does not use it


@dataclass(frozen=True, config=STRICT)
class StepGrid:
    """The steps at which something is measured: every n-th, or spaced evenly in the logarithm.

    Step 0 and the last step always belong to it.

    Attributes:
        every: Distance between two measurements in updates.
        points: Number of steps from 1 to the last, evenly spaced in log(step), rounded, without repetitions. In a
            training loop without a known end, `SharpnessTracker`, it counts the steps per factor of ten.
    """

    every: PositiveInt | None = None
    points: PositiveInt | None = None

    @model_validator(mode="after")
    def _one_way(self) -> StepGrid:
        if (self.every is None) == (self.points is None):
            raise ValueError("a step grid needs either every = n or points = n (log-spaced), not both and not neither")
        return self

    def steps(self, last: int) -> set[int]:
        """The steps of the grid for a run of `last` updates."""
        if self.every is not None:
            return {*range(0, last + 1, self.every), last}
        assert self.points is not None
        return {0, last, *np.geomspace(1, last, self.points).round().astype(int).tolist()}

    def due(self, step: int) -> bool:
        """Whether a step belongs to the grid in a loop whose last step is not known: `points` then count per decade."""
        if self.every is not None:
            return step % self.every == 0
        assert self.points is not None
        # The neighbours too: rounding to whole steps moves the logarithm.
        nearest = round(self.points * math.log10(step)) if step else 0
        return step == 0 or step in {round(10 ** (point / self.points)) for point in range(nearest - 1, nearest + 2)}


@runtime_checkable
class Measurement(Protocol):
    """A frozen dataclass of plain values, with a `kind`, that measures at the steps of its grid."""

    kind: str
    grid: StepGrid

    @property
    def quantity(self) -> str:
        """What it measures, as named in the table; what only accompanies it has names that begin with this one."""

    def begin(self, subject: Subject) -> Callable[[], Values]:
        """A function that takes the measurement now; it may remember earlier ones, for example to start warm."""


@dataclass(frozen=True, config=STRICT)
class Loss:
    """Mean loss on a fixed set of examples: `loss` on the training set, `test_loss` on the test set.

    Attributes:
        grid: When.
        split: On which examples.
        examples: How many of them, the first; None is all.
    """

    grid: StepGrid
    split: Literal["train", "test"] = "train"
    examples: PositiveInt | None = None
    kind: Literal["loss"] = "loss"

    @property
    def quantity(self) -> str:
        """`loss` or `test_loss`."""
        return "loss" if self.split == "train" else "test_loss"

    def begin(self, subject: Subject) -> Callable[[], Values]:
        """Mean loss of the module as it is when called."""
        dataset = subject.dataset
        whole = {"train": (dataset.inputs, dataset.targets), "test": (dataset.test_inputs, dataset.test_targets)}
        inputs, targets = _first(*whole[self.split], self.examples)

        def measure() -> Values:
            with torch.no_grad():
                yield self.quantity, 0, float(dataset.criterion.losses(subject.module(inputs), targets).mean())

        return measure


@dataclass(frozen=True, config=STRICT)
class Sharpness:
    """Largest Hessian eigenvalue of the mean loss on the first training examples, raw or as the optimizer sees it.

    The quantity bears the name of the kind: `sharpness` is raw, `effective_sharpness` that of `effective_curvature`,
    with the learning rate of every weight and its weight decay; under Adam and AdamW it exists from the first update
    on, because their second moments do. With it come `<kind>_residual`, the length of
    A v - value * v, `<kind>_error`, the error bar, `<kind>_matvecs`, the products spent, and `<kind>_converged`, 1 or
    0.

    Attributes:
        kind: Which of the two.
        grid: When.
        examples: Number of training examples, always the first.
        tolerance: Error that counts as converged, relative to the eigenvalue.
        max_matvecs: Products after which an eigenvalue is stored unconverged.
    """

    kind: Literal["sharpness", "effective_sharpness"]
    grid: StepGrid
    examples: PositiveInt = 512
    tolerance: PositiveFloat = 1e-3
    max_matvecs: Annotated[int, Field(ge=4)] = 200

    @property
    def quantity(self) -> str:
        """The kind."""
        return self.kind

    def begin(self, subject: Subject) -> Callable[[], Values]:
        """Top eigenvalue at the weights of the moment, started from the eigenvector of the time before."""
        batch = _first(subject.dataset.inputs, subject.dataset.targets, self.examples)
        previous: Tensor | None = None

        def measure() -> Values:
            nonlocal previous
            if self.kind == "effective_sharpness" and not has_step_sizes(subject.optimizer):
                return ()
            pairs = top_eigenpairs(
                self._operator(subject, batch),
                start=previous,
                tolerance=self.tolerance,
                max_matvecs=self.max_matvecs,
                generator=subject.generator,
            )
            previous = pairs.start
            return eigenvalue_rows(self.kind, pairs)

        return measure

    def _operator(self, subject: Subject, batch: tuple[Tensor, Tensor]) -> SymmetricOperator:
        weights, network = flatten(subject.module)
        raw = hessian(Objective(network, subject.dataset.criterion, [batch]), weights)
        if self.kind == "sharpness":
            return raw
        return effective_curvature(raw, subject.optimizer, network)


def eigenvalue_rows(quantity: str, pairs: Eigenpairs) -> Values:
    """Eigenvalues under the name of a quantity; their certificates and cost under names that begin with it."""
    certified = {quantity: pairs.values, f"{quantity}_residual": pairs.residuals, f"{quantity}_error": pairs.errors}
    for name, numbers in certified.items():
        yield from ((name, index, number) for index, number in enumerate(numbers.tolist()))
    yield f"{quantity}_matvecs", 0, float(pairs.matvecs)
    yield f"{quantity}_converged", 0, float(pairs.converged)


def _first(inputs: Tensor, targets: Tensor, count: int | None) -> tuple[Tensor, Tensor]:
    if count is not None and count > len(inputs):
        raise ValueError(f"a measurement asks for {count} examples, and there are {len(inputs)}; ask for fewer")
    return inputs[:count], targets[:count]


MEASUREMENTS: dict[str, type] = {"loss": Loss, "sharpness": Sharpness, "effective_sharpness": Sharpness}
