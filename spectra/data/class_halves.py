"""Is a handwritten digit below five?"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import ConfigDict, PositiveInt, model_validator
from pydantic.dataclasses import dataclass

from spectra.data.dataset import Dataset
from spectra.data.two_classes import Images, require_test_examples, ten_classes, two_classes


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ClassHalves:
    """Images of handwritten digits in two classes: 1 for the digits 0 to 4, 0 for 5 to 9.

    A real task beside those of `Eigenfunctions`, with the same examples in the same order and as many classes. The
    classes are balanced: of the 1,797 images of `digits` 901 are of class 1, of the 5,000 of `mnist` 2,500.

    Attributes:
        images: "digits", 8 x 8, or "mnist", 28 x 28; both are shuffled and scaled as the data of these kinds.
        train_examples: Length of the training set; the other images are the test set.

    Source: Ortiz-Jimenez, Moosavi-Dezfooli and Frossard 2021 (arXiv 2106.06770), who halve the classes of CIFAR-10.
    """

    images: Images = "digits"
    train_examples: PositiveInt = 1500
    kind: Literal["class_halves"] = "class_halves"

    @model_validator(mode="after")
    def _some_to_test(self) -> ClassHalves:
        require_test_examples(self.images, self.train_examples)
        return self

    def load(self) -> Dataset:
        """Images (N, 1, side, side) in double precision, labels (N,).

        Raises:
            ImportError: If the package that the images come with is not installed.
            ValueError: If all training examples are of one class.
        """
        dataset = ten_classes(self.images, self.train_examples)
        digits = torch.cat([dataset.targets, dataset.test_targets])
        return two_classes(dataset, digits < 5, of="digit < 5")
