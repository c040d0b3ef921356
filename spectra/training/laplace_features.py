"""Networks with classes, and tangent features of theirs, for measurements of Laplace approximations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from spectra.kernels.tangent_features import TangentFeatures, class_balanced, tangent_features
from spectra.objectives import cross_entropy
from spectra.training.split_examples import split_examples

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


def require_classes(cohort: Cohort, measurement: str) -> None:
    """Refuse runs whose outputs are no logits of one class for each example.

    Raises:
        ValueError: If they are none; it names the measurement.
    """
    data = cohort.dataset
    reasons = {
        f"the loss is {data.criterion.name}": data.criterion.name != cross_entropy.name,
        f"the targets have the shape {tuple(data.targets.shape)}": data.targets.ndim != 1,
        "the outputs are divided by a temperature": cohort.stack.temperatures is not None,
    }
    found = [reason for reason, holds in reasons.items() if holds]
    if found:
        raise ValueError(
            f"{measurement} is known for one class of each example under cross-entropy, and {found[0]}; leave it out, "
            "or use data such as digits or mnist"
        )


def drawn_features(
    cohort: Cohort, module: nn.Module, landmarks: int, rank: int, generator: torch.Generator
) -> TangentFeatures:
    """Features of one member from training examples, as many of each class, with outputs that are drawn.

    Args:
        cohort: Whose data they are.
        module: The member.
        landmarks: How many examples.
        rank: How many features at most.
        generator: Source of both draws.

    Raises:
        ValueError: If there are fewer examples, or fewer features above rounding.
    """
    places = class_balanced(cohort.dataset.targets, landmarks, generator=generator)
    found = tangent_features(module, cohort.dataset.inputs[places], rank=rank, generator=generator)
    return found.leading(rank)


def held_out(cohort: Cohort, validation: int, examples: int) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """The first test examples, on which something is chosen, and those behind them, on which it is judged.

    Raises:
        ValueError: If there are fewer.
    """
    data = cohort.dataset
    inputs, targets = split_examples(data, "test", validation + examples)
    return (inputs[:validation], targets[:validation]), (inputs[validation:], targets[validation:])


def flat(module: nn.Module) -> nn.Module:
    """The network or its expansion with outputs (N, C), whatever axes they had.

    `flat_outputs` is for kernels alone: of an expansion it has the kernel, and not the outputs.
    """
    return nn.Sequential(module, nn.Flatten())
