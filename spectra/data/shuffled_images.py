"""A fixed set of labelled images, shuffled and cut in two."""

from __future__ import annotations

import torch
from torch import Tensor

from spectra.data.dataset import Dataset
from spectra.objectives.criteria import cross_entropy


def shuffled_images(images: Tensor, labels: Tensor, *, train_examples: int, classes: int) -> Dataset:
    """The first images of a fixed shuffle for training, the rest for testing.

    All pixels are shifted and scaled by the mean and the deviation of the training pixels.

    Args:
        images: Grey or colour values (N, channels, height, width), floating point.
        labels: Class indices (N,).
        train_examples: Length of the training set, below N.
        classes: Number of classes.
    """
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    inputs, targets = images[order], labels[order].long()
    pixels = inputs[:train_examples]
    inputs = (inputs - pixels.mean()) / pixels.std()
    return Dataset(
        inputs[:train_examples],
        targets[:train_examples],
        inputs[train_examples:],
        targets[train_examples:],
        cross_entropy,
        classes,
    )
