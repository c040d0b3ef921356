"""The handwritten digits that ship with scikit-learn."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from spectra.data.dataset import Dataset
from spectra.objectives.criteria import cross_entropy

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
        """Images as vectors (N, 64) in double precision, labels (N,).

        Raises:
            ImportError: If scikit-learn is not installed.
        """
        try:
            from sklearn.datasets import load_digits
        except ImportError as error:
            raise ImportError(
                "the digits come with scikit-learn, which is not installed; run: pip install 'spectra-scaling[data]'"
            ) from error
        images, labels = load_digits(return_X_y=True)
        order = torch.randperm(EXAMPLES, generator=torch.Generator().manual_seed(0))
        inputs, targets = torch.from_numpy(images)[order], torch.from_numpy(labels).long()[order]
        pixels = inputs[: self.train_examples]
        inputs = (inputs - pixels.mean()) / pixels.std()
        cut = self.train_examples
        return Dataset(inputs[:cut], targets[:cut], inputs[cut:], targets[cut:], cross_entropy, 10)
