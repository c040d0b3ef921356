"""The examples of a run, with the criterion that it asks for."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import torch

from spectra.data import Dataset, DataSpec
from spectra.objectives.probabilities import require_probabilities
from spectra.objectives.squared_classes import squared_error_of

if TYPE_CHECKING:
    from spectra.training.spec import RunSpec


def run_dataset(spec: RunSpec, device: str) -> Dataset:
    """The dataset of a run in its precision; that of the run before is kept.

    Raises:
        ValueError: If targets of cross-entropy are numbers and no probabilities.
    """
    dataset = _dataset(spec.data, device, getattr(torch, spec.precision))
    if spec.criterion != "of_data":
        return replace(dataset, criterion=squared_error_of(dataset.targets))
    for targets in (dataset.targets, dataset.test_targets):
        require_probabilities(dataset.criterion, targets)
    return dataset


@lru_cache(maxsize=1)
def _dataset(data: DataSpec, device: str, precision: torch.dtype) -> Dataset:
    """The data of the cohort before are mostly those of the next."""
    return data.load().to(device, precision)
