"""What is measured along a run, as specs on a grid of steps."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Protocol, runtime_checkable

import torch
from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.eigen import Eigenpairs, stacked_eigenpairs
from spectra.operators import OperatorStack, hessian_stack, preconditioned_stack
from spectra.training.step_grid import StepGrid
from spectra.training.tangent_kernel import TangentKernel

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort

STRICT = ConfigDict(extra="forbid")
Values = Iterable[tuple[str, int, float]]  # quantity, index (0 for a single number), value
Memory = MutableMapping[str, Tensor]  # (K, ...) each: what a measurement remembers of the time before, saved with a run


@runtime_checkable
class Measurement(Protocol):
    """A frozen dataclass of plain values, with a `kind`, that measures at the steps of its grid."""

    kind: str
    grid: StepGrid

    @property
    def quantity(self) -> str:
        """What it measures, as named in the table; what only accompanies it has names that begin with this one."""

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:
        """Take the measurement of every member now.

        Args:
            cohort: The K members at some step; `cohort.module(k)` is one of them as a module. It is left as it is.
            memory: What this measurement put there the time before, empty at first, for example vectors to start warm.
            generators: Random streams, one for each member, for start vectors and probes.

        Returns:
            The values of each member.
        """


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

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """Mean loss of every member."""
        dataset = cohort.dataset
        whole = {"train": (dataset.inputs, dataset.targets), "test": (dataset.test_inputs, dataset.test_targets)}
        losses = cohort.mean_loss(*_first(*whole[self.split], self.examples))
        return [[(self.quantity, 0, value)] for value in losses.tolist()]


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

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:
        """Top eigenvalue of every member at the weights of the moment, started from the eigenvectors of before."""
        step_sizes = cohort.step_sizes()
        if self.kind == "effective_sharpness" and step_sizes is None:
            return [()] * cohort.stack.members
        found = stacked_eigenpairs(
            self._operators(cohort, step_sizes),
            starts=list(memory["start"]) if "start" in memory else None,
            tolerance=self.tolerance,
            max_matvecs=self.max_matvecs,
            generator=generators,
        )
        memory["start"] = torch.stack([pairs.start for pairs in found])
        return [list(eigenvalue_rows(self.kind, pairs)) for pairs in found]

    def _operators(self, cohort: Cohort, step_sizes: Tensor | None) -> OperatorStack:
        batch = _first(cohort.dataset.inputs, cohort.dataset.targets, self.examples)
        raw = hessian_stack(cohort.curved(len(batch[0])), cohort.dataset.criterion, cohort.weights, *batch)
        if self.kind == "sharpness" or step_sizes is None:
            return raw
        return preconditioned_stack(raw, step_sizes, cohort.coupled_decay())


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


MEASUREMENTS: dict[str, type] = {
    "loss": Loss,
    "sharpness": Sharpness,
    "effective_sharpness": Sharpness,
    "tangent_kernel": TangentKernel,
}
