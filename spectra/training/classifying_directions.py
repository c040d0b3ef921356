"""How many principal directions of a layer are enough to classify, along a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import torch
from pydantic import ConfigDict, Field, PositiveInt
from pydantic.dataclasses import dataclass
from torch import nn

from spectra.features.classification_dimension import classification_dimension
from spectra.features.layer_features import layer_features, layer_names
from spectra.training.layer_measures import different, networks
from spectra.training.rows import Memory, Values
from spectra.training.split_examples import Split, named_by_split, split_examples
from spectra.training.step_grid import StepGrid

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ClassifyingDirections:
    """Smallest number of principal directions of a layer that keep a share of the accuracy; the index counts layers.

    A network that puts all examples into one class needs no direction at all: read the error beside it. A layer in
    which all examples have the same features has no row. The quantity is `classification_dimension` on the training set
    and `test_classification_dimension` on the test set.

    Attributes:
        grid: When.
        split: On which examples.
        examples: Their number, always the first, and more than a layer has features.
        layers: Names of layers as in `spectra.features.layer_names`; none is every activation.
        share: Of the accuracy of the network that is enough.
    """

    grid: StepGrid
    split: Split = "train"
    examples: PositiveInt = 512
    layers: tuple[str, ...] = ()
    share: Annotated[float, Field(gt=0, lt=1)] = 0.95
    kind: Literal["classification_dimension"] = "classification_dimension"
    entries: ClassVar[None] = None  # the run alone tells how many

    quantity = named_by_split

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The numbers of every member.

        Raises:
            ValueError: If an expansion is trained, the data have no classes, or a layer has too many features.
        """
        return [list(self._rows(cohort, module)) for module in networks(cohort, self.quantity)]

    def _rows(self, cohort: Cohort, module: nn.Module) -> Values:
        inputs, targets = split_examples(cohort.dataset, self.split, self.examples)
        layers = layer_features(module, inputs, layer_names(module, self.layers))
        for index, (name, features) in enumerate(layers.items()):
            if different(features) > 1:
                found = classification_dimension(module, inputs, targets, name, share=self.share)
                yield self.quantity, index, float(found.dimension)
