"""How near to orthogonal the features of different examples are, along a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import torch
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from torch import nn

from spectra.features.quasi_orthogonality import quasi_orthogonality
from spectra.training.layer_measures import different, features_of, networks
from spectra.training.rows import Memory, Values
from spectra.training.split_examples import Split, named_by_split
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class FeatureOrthogonality:
    """Share of pairs of examples whose centred features in a layer have |cos| <= epsilon.

    The index counts the layers. Beside it stands `<quantity>_mean_square`, the mean squared cosine. The quantity is
    `quasi_orthogonality` on the training set and `test_quasi_orthogonality` on the test set. A layer in which all
    examples have the same features has no row.

    Attributes:
        grid: When.
        split: On which examples.
        examples: Their number, always the first.
        layers: Names of layers as in `spectra.features.layer_names`; none is every activation.
        epsilon: Largest |cos| that counts as orthogonal.
    """

    grid: StepGrid
    split: Split = "train"
    examples: Annotated[int, Field(ge=2)] = 256
    layers: tuple[str, ...] = ()
    epsilon: Annotated[float, Field(gt=0, lt=1)] = 0.1
    kind: Literal["quasi_orthogonality"] = "quasi_orthogonality"
    entries: ClassVar[None] = None  # the run alone tells how many

    quantity = named_by_split

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The shares of every member.

        Raises:
            ValueError: If an expansion is trained, or the features of an example are the mean of all.
        """
        return [list(self._rows(cohort, module)) for module in networks(cohort, self.quantity)]

    def _rows(self, cohort: Cohort, module: nn.Module) -> Values:
        for index, features in enumerate(features_of(module, cohort, self.split, self.examples, self.layers)):
            if different(features) == 1:
                continue
            found = quasi_orthogonality(features, epsilon=self.epsilon)
            yield self.quantity, index, found.share
            yield f"{self.quantity}_mean_square", index, found.mean_square
