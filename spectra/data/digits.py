"""The handwritten digits that ship with scikit-learn."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from spectra.data.dataset import Dataset
from spectra.data.optional_package import optional_package
from spectra.data.shuffled_images import shuffled_images

EXAMPLES = 1797


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Digits:
    """1,797 images of handwritten digits, 8 x 8 grey values each, in ten classes.

    The examples are shuffled once, always alike; the first become the training set and the rest the test set. Pixels
    are shifted and scaled by the mean and deviation of all training pixels.

    Attributes:
        train_examples: Length of the training set.

    Source: Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, as
    distributed in scikit-learn.
    """

    train_examples: Annotated[int, Field(ge=1, lt=EXAMPLES)] = 1500
    kind: Literal["digits"] = "digits"

    def load(self) -> Dataset:
        """Images (N, 1, 8, 8) in double precision, labels (N,).

        Raises:
            ImportError: If scikit-learn is not installed.
        """
        datasets = optional_package("sklearn.datasets", "the digits come with scikit-learn")
        pixels, labels = datasets.load_digits(return_X_y=True)
        images = torch.from_numpy(pixels).reshape(EXAMPLES, 1, 8, 8)
        return shuffled_images(images, torch.from_numpy(labels), train_examples=self.train_examples, classes=10)
