"""Images with labels that a tangent kernel finds easy or hard: the signs of its eigenvectors."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, PositiveInt, model_validator
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.data.dataset import Dataset
from spectra.data.two_classes import Images, all_inputs, require_test_examples, ten_classes, two_classes
from spectra.kernels.eigenfunctions import eigenfunction_targets
from spectra.kernels.infinite import mlp_kernel
from spectra.kernels.regression_matrices import matrix_operator

Activation = Literal["relu", "erf", "gelu"]

FEWEST, MOST = 32, 128
"""Eigenvectors that are found at once, so that a sweep over the first ones does it once, and at most. On one core the
1,797 digits took 0.3 s for 32 of them, 3 s for 128 and 30 s for 256, beside 0.3 s for the kernel."""

WEIGHT_VARIANCE = 2.0
"""He's: the covariance of a rectified network is then the same in all layers."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Eigenfunctions:
    """Images of handwritten digits in two classes, 1 where an eigenvector of a tangent kernel is positive.

    The kernel Theta is that of an infinitely wide perceptron without biases, see `spectra.kernels.mlp_kernel`, on all
    images together, the training and then the test set, with pixels scaled as the network sees them. It has no width
    and no seed, so that all networks share their targets. Eigenvectors count from the largest eigenvalue, and the sign
    of each is such that its entry of largest size is positive. The first has one sign on all these images, and is
    refused. The next 31 put 43 to 54 percent of the images into class 1 for `digits` and 39 to 54 for `mnist`, with the
    defaults.

    Attributes:
        eigenvector: Which one, from 1; the larger the number, the smaller is its eigenvalue and the harder the target
            for a linearized network.
        images: "digits", 8 x 8, or "mnist", 28 x 28; both are shuffled and scaled as the data of these kinds.
        train_examples: Length of the training set; the other images are the test set.
        kernel_hidden: Number of hidden layers of the perceptron.
        kernel_activation: Its activation.

    Source: Ortiz-Jimenez, Moosavi-Dezfooli and Frossard 2021 (arXiv 2106.06770), who take the kernel of one network at
    its start, of two hidden layers of relu.
    """

    eigenvector: Annotated[int, Field(ge=1, le=MOST)]
    images: Images = "digits"
    train_examples: PositiveInt = 1500
    kernel_hidden: PositiveInt = 2
    kernel_activation: Activation = "relu"
    kind: Literal["eigenfunctions"] = "eigenfunctions"

    @model_validator(mode="after")
    def _some_to_test(self) -> Eigenfunctions:
        require_test_examples(self.images, self.train_examples)
        return self

    def load(self) -> Dataset:
        """Images (N, 1, side, side) in double precision, labels (N,).

        Raises:
            ImportError: If the package that the images come with is not installed.
            ValueError: If the eigenvector has one sign on all training examples, or was not found.
        """
        dataset = ten_classes(self.images, self.train_examples)
        count = max(FEWEST, 1 << (self.eigenvector - 1).bit_length())
        labels = _labels(self.images, self.train_examples, self.kernel_hidden, self.kernel_activation, count)
        return two_classes(dataset, labels[:, self.eigenvector - 1], of=f"eigenvector {self.eigenvector}")


@lru_cache(maxsize=4)
def _labels(images: Images, train_examples: int, hidden: int, activation: Activation, count: int) -> Tensor:
    """Classes of all images under the first eigenvectors, (N + M, count)."""
    inputs = all_inputs(ten_classes(images, train_examples))
    _, tangent = mlp_kernel(inputs, hidden=hidden, activation=activation, weight_var=WEIGHT_VARIANCE, bias_var=0.0)
    found = eigenfunction_targets(matrix_operator(tangent), count)
    if not found.converged:
        raise ValueError(
            f"the first {count} eigenvectors of the kernel of {images} were not found: residuals up to "
            f"{float(found.residuals.max()):.1e} beside eigenvalues down to {float(found.values.min()):.1e}; "
            "use a smaller eigenvector, or fewer hidden layers"
        )
    return found.labels.bool()
