"""Images with labels, scaled as a dataset."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.data.dataset import Dataset
from spectra.objectives.criteria import cross_entropy


@dataclass(frozen=True)
class LabelledImages:
    """Images as they are stored, and the class of each."""

    pixels: Tensor  # (N, channels, height, width), uint8
    labels: Tensor  # (N,), int64


def image_dataset(train: LabelledImages, test: LabelledImages, *, classes: int) -> Dataset:
    """Shift and scale pixels by the mean and deviation of each channel over the training images.

    Args:
        train: Training images.
        test: Test images of the same shape; they are scaled by the numbers of the training images.
        classes: Number of classes C; labels are below it.

    Returns:
        Images (N, channels, height, width) in single precision, which holds every shade exactly to 2^-24, and labels.

    Raises:
        ValueError: If the shapes differ, or a channel is the same in all training pixels.
    """
    if train.pixels.shape[1:] != test.pixels.shape[1:]:
        raise ValueError(
            f"training images of shape {tuple(train.pixels.shape[1:])} and test images of shape "
            f"{tuple(test.pixels.shape[1:])} do not fit one network; resize them to one shape"
        )
    means, deviations = _moments(train.pixels)
    inputs, test_inputs = (
        images.pixels.float().sub_(means[:, None, None]).div_(deviations[:, None, None]) for images in (train, test)
    )
    return Dataset(inputs, train.labels, test_inputs, test.labels, cross_entropy, classes)


def _moments(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each channel, (channels,) and (channels,), from exact counts of the 256 shades."""
    shades = torch.arange(256, dtype=torch.float64)
    means, deviations = [], []
    for number in range(pixels.shape[1]):
        counts = torch.bincount(pixels[:, number].flatten(), minlength=256).double()
        mean = counts @ shades / counts.sum()
        squares = counts @ (shades - mean).square()
        if squares == 0:
            raise ValueError(
                f"channel {number} of the {len(pixels)} training images is {int(mean)} everywhere, so that it cannot "
                "be scaled to deviation one; use more images, or other colors"
            )
        means.append(mean)
        deviations.append((squares / (counts.sum() - 1)).sqrt())
    return torch.stack(means).float(), torch.stack(deviations).float()
