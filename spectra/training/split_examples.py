"""The examples that a measurement on the training or on the test set looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from torch import Tensor

from spectra.training.member_curvature import first_examples

if TYPE_CHECKING:
    from spectra.data import Dataset

Split = Literal["train", "test"]


def split_examples(dataset: Dataset, split: Split, count: int | None) -> tuple[Tensor, Tensor]:
    """Inputs and targets of the first examples of one set; None is all.

    Raises:
        ValueError: If there are fewer.
    """
    if split == "train":
        return first_examples(dataset.inputs, dataset.targets, count)
    return first_examples(dataset.test_inputs, dataset.test_targets, count)


def split_quantity(kind: str, split: Split) -> str:
    """The name of a quantity on the training set, with `test_` before it on the test set.

    >>> split_quantity("loss", "test")
    'test_loss'
    """
    return kind if split == "train" else f"test_{kind}"
