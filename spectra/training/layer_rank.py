"""How many directions of the input every layer still feels, along a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import torch
from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.features.jacobian_ranks import jacobian_ranks
from spectra.features.layer_features import layer_names
from spectra.features.perturbed_ranks import perturbed_ranks
from spectra.training.layer_measures import networks
from spectra.training.rows import Memory, Values, named_by_kind
from spectra.training.split_examples import split_examples
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort

Tolerance = Annotated[float, Field(gt=0, lt=1)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class JacobianRank:
    """Rank of the Jacobian of a layer in the inputs, in the mean over training examples; the index counts the layers.

    Attributes:
        grid: When.
        examples: Number of examples, always the first.
        layers: Names of layers as in `spectra.features.layer_names`; none is every activation.
        rtol: Singular values count above `rtol` times the largest; None is what rounding allows.
        double: Whether the network is computed in double precision for it, whatever the precision of the run.
    """

    grid: StepGrid
    examples: PositiveInt = 10
    layers: tuple[str, ...] = ()
    rtol: Tolerance | None = None
    double: bool = True
    kind: Literal["jacobian_rank"] = "jacobian_rank"
    entries: ClassVar[None] = None  # the run alone tells how many

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The ranks of every member.

        Raises:
            ValueError: If an expansion is trained, or the inputs are tokens.
        """
        inputs, _ = split_examples(cohort.dataset, "train", self.examples)
        found = []
        for module in networks(cohort, self.quantity):
            names, precision = layer_names(module, self.layers), torch.float64 if self.double else None
            ranks = jacobian_ranks(module, inputs, names, rtol=self.rtol, precision=precision)
            found.append(_rows(self.quantity, ranks))
        return found


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class PerturbedRank:
    """Rank of the features of noisy copies of an example, in the mean over examples; the index counts the layers.

    Attributes:
        grid: When.
        examples: Number of training examples, always the first.
        layers: Names of layers as in `spectra.features.layer_names`; none is every activation.
        copies: Noisy copies of each example.
        deviation: Standard deviation of the noise.
        rtol: Singular values count above `rtol` times the largest; None is what rounding allows.
        double: Whether the network is computed in double precision for it.
    """

    grid: StepGrid
    examples: PositiveInt = 10
    layers: tuple[str, ...] = ()
    copies: Annotated[int, Field(ge=2)] = 1000
    deviation: PositiveFloat = 1e-3
    rtol: Tolerance | None = None
    double: bool = True
    kind: Literal["perturbed_rank"] = "perturbed_rank"
    entries: ClassVar[None] = None  # the run alone tells how many

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The ranks of every member.

        Raises:
            ValueError: If an expansion is trained, or the inputs are tokens.
        """
        inputs, _ = split_examples(cohort.dataset, "train", self.examples)
        members = zip(networks(cohort, self.quantity), generators, strict=True)
        return [_rows(self.quantity, self._ranks(module, inputs, generator)) for module, generator in members]

    def _ranks(self, module: torch.nn.Module, inputs: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        return perturbed_ranks(
            module,
            inputs,
            layer_names(module, self.layers),
            copies=self.copies,
            deviation=self.deviation,
            rtol=self.rtol,
            precision=torch.float64 if self.double else None,
            generator=generator,
        )


def _rows(quantity: str, ranks: dict[str, Tensor]) -> Values:
    return [(quantity, index, float(found.double().mean())) for index, found in enumerate(ranks.values())]
