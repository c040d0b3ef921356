"""MNIST-1D: ten classes of short signals, made by the package mnist1d."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from spectra.data.dataset import Dataset
from spectra.data.optional_package import optional_package
from spectra.objectives.criteria import cross_entropy

TRAIN_EXAMPLES = 4000


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class MNIST1D:
    """Signals of 40 numbers in ten classes, for training of at most 4,000 and for testing of always the same 1,000.

    Each is a template of its class, stretched, scaled, shifted, sheared and covered with noise. The package shifts and
    scales all 5,000 to mean zero and deviation one.

    Attributes:
        train_examples: Length of the training set, the first of the 4,000.
        data_seed: Seed of the signals; 42 makes the published ones.

    Source: Greydanus and Kobak 2024, Scaling Down Deep Learning with MNIST-1D (arXiv 2011.14439).
    """

    train_examples: Annotated[int, Field(ge=1, le=TRAIN_EXAMPLES)] = TRAIN_EXAMPLES
    data_seed: Annotated[int, Field(ge=0, lt=2**32)] = 42
    kind: Literal["mnist1d"] = "mnist1d"

    def load(self) -> Dataset:
        """Signals (N, 40) in double precision, labels (N,).

        The package draws from the global generators of numpy and of Python; their states are put back.

        Raises:
            ImportError: If mnist1d is not installed.
        """
        package = optional_package("mnist1d.data", "the signals of MNIST-1D come with mnist1d")
        settings = package.get_dataset_args()
        settings.seed = self.data_seed
        with _global_generators_put_back():
            made = package.make_dataset(settings)
        inputs, targets, test_inputs, test_targets = (torch.from_numpy(made[k]) for k in ("x", "y", "x_test", "y_test"))
        cut = self.train_examples
        return Dataset(inputs[:cut], targets[:cut].long(), test_inputs, test_targets.long(), cross_entropy, 10)


@contextmanager
def _global_generators_put_back() -> Iterator[None]:
    numpy_state, python_state = np.random.get_state(), random.getstate()
    try:
        yield
    finally:
        np.random.set_state(numpy_state)
        random.setstate(python_state)
