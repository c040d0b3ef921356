"""What measurements of the layers of a network share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from spectra.features.arguments import repeated
from spectra.features.layer_features import layer_features, layer_names
from spectra.training.split_examples import Split, split_examples

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


def networks(cohort: Cohort, quantity: str) -> list[nn.Module]:
    """The network of every member as it is now.

    Raises:
        ValueError: If what is trained is an expansion, whose layers are those of the start.
    """
    if cohort.stack.expansion is not None:
        raise ValueError(
            f"{quantity} is measured on the layers of a network, and what is trained is its expansion, which has none; "
            "leave the measurement out there, or set expansion to 'network'"
        )
    return [cohort.module(member) for member in range(cohort.stack.members)]


def features_of(
    module: nn.Module, cohort: Cohort, split: Split, examples: int | None, layers: tuple[str, ...]
) -> list[Tensor]:
    """Features (N, D) of some layers on the first examples of a set, in the order of the layers."""
    inputs, _ = split_examples(cohort.dataset, split, examples)
    names = layer_names(module, layers)
    return list(layer_features(module, inputs, names).values())


def different(features: Tensor) -> int:
    """How many examples have features (N, D) that no earlier one has; 1 for a relu layer that is dead for all."""
    return int((~repeated(features)).sum())
