"""What a data spec loads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from spectra.objectives.criteria import Criterion


@dataclass(frozen=True)
class Dataset:
    """Training and test examples with the criterion that goes with them."""

    inputs: Tensor  # (N, D)
    targets: Tensor  # (N,) class indices or (N, C)
    test_inputs: Tensor  # (M, D)
    test_targets: Tensor
    criterion: Criterion
    outputs: int  # C, outputs that a network needs

    def to(self, device: str | torch.device, dtype: torch.dtype) -> Dataset:
        """The same examples on a device, with inputs of a floating-point type."""
        return replace(
            self,
            inputs=self.inputs.to(device, dtype),
            targets=_moved(self.targets, device, dtype),
            test_inputs=self.test_inputs.to(device, dtype),
            test_targets=_moved(self.test_targets, device, dtype),
        )


def _moved(targets: Tensor, device: str | torch.device, dtype: torch.dtype) -> Tensor:
    return targets.to(device, dtype) if targets.is_floating_point() else targets.to(device)


@runtime_checkable
class DataSpec(Protocol):
    """A frozen dataclass of plain values, with a `kind`, that loads a dataset."""

    kind: str
    train_examples: int

    def load(self) -> Dataset:
        """The examples, the same at every call."""
