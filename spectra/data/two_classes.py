"""Images of handwritten digits with two classes in place of ten."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from spectra.data import digits, mnist
from spectra.data.dataset import Dataset
from spectra.data.digits import Digits
from spectra.data.mnist import MNIST

Images = Literal["digits", "mnist"]
"""Sets of images by the kind under which their ten classes are learnt."""

EXAMPLES: dict[Images, int] = {"digits": digits.EXAMPLES, "mnist": mnist.EXAMPLES}


def require_test_examples(images: Images, train_examples: int) -> None:
    """Refuse a training set that leaves nothing to test.

    Raises:
        ValueError: If it is not shorter than all there are.
    """
    if train_examples >= EXAMPLES[images]:
        raise ValueError(
            f"train_examples = {train_examples} leaves none of the {EXAMPLES[images]} images of {images} to test; "
            f"use at most {EXAMPLES[images] - 1}"
        )


def ten_classes(images: Images, train_examples: int) -> Dataset:
    """The images with the classes that they have, shuffled, cut in two and scaled as `Digits` and `MNIST` say.

    Raises:
        ImportError: If the package that they come with is not installed.
    """
    spec = Digits(train_examples) if images == "digits" else MNIST(train_examples)
    return spec.load()


def all_inputs(dataset: Dataset) -> Tensor:
    """Training and then test examples, (N + M, ...)."""
    return torch.cat([dataset.inputs, dataset.test_inputs])


def two_classes(dataset: Dataset, labels: Tensor, *, of: str) -> Dataset:
    """The same examples with other labels, for cross-entropy of two outputs.

    Args:
        dataset: N examples to train with and M to test.
        labels: Class 0 or 1 of each, (N + M,), those to train with first.
        of: What the labels are, for messages.

    Raises:
        ValueError: If all training examples are of one class.
    """
    train, test = labels.long().split([len(dataset.inputs), len(dataset.test_inputs)])
    ones = int(train.sum())
    if ones in (0, len(train)):
        raise ValueError(
            f"{of} puts all {len(train)} training images into class {int(train[0])}, and {int(labels.sum())} of all "
            f"{len(labels)} images into class 1, so that there is nothing to learn; use another one, or more images"
        )
    return replace(dataset, targets=train, test_targets=test, outputs=2)
