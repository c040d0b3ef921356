"""The examples that a measurement on the training or on the test set looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from torch import Tensor

if TYPE_CHECKING:
    from spectra.data import Dataset

Split = Literal["train", "test"]


def split_examples(dataset: Dataset, split: Split, count: int | None) -> tuple[Tensor, Tensor]:
    """Inputs and targets of the first examples of one set; None is all.

    Raises:
        ValueError: If there are fewer.
    """
    train = split == "train"
    inputs, targets = (dataset.inputs, dataset.targets) if train else (dataset.test_inputs, dataset.test_targets)
    if count is not None and count > len(inputs):
        raise ValueError(f"a measurement asks for {count} examples, and there are {len(inputs)}; ask for fewer")
    return inputs[:count], targets[:count]


def split_quantity(kind: str, split: Split) -> str:
    """The name of a quantity on the training set, with `test_` before it on the test set.

    >>> split_quantity("loss", "test")
    'test_loss'
    """
    return kind if split == "train" else f"test_{kind}"


def _of_split(measurement: Any) -> str:
    """The kind, with `test_` before it on the test set."""
    return split_quantity(measurement.kind, measurement.split)


named_by_split = property(_of_split)
"""The quantity of a measurement that bears the name of its kind, and of its set."""
