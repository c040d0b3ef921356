"""What a data spec loads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from spectra.objectives.criteria import Criterion


@dataclass(frozen=True)
class Dataset:
    """Training and test examples with the criterion that goes with them.

    One example of `inputs` is a vector of features (D,), an image (channels, height, width) or a row of token ids (T,).
    """

    inputs: Tensor  # (N, D), (N, channels, height, width), or int64 (N, T)
    targets: Tensor  # (N,) class indices, (N, C) numbers, or int64 (N, T) next tokens
    test_inputs: Tensor  # (M, ...), like the inputs
    test_targets: Tensor  # (M, ...), like the targets
    criterion: Criterion
    outputs: int  # C, outputs that a network needs; for tokens the size of the vocabulary

    def to(self, device: str | torch.device, dtype: torch.dtype) -> Dataset:
        """The same examples on a device, with floating-point numbers of one type; integers stay integers."""
        return replace(
            self,
            inputs=_moved(self.inputs, device, dtype),
            targets=_moved(self.targets, device, dtype),
            test_inputs=_moved(self.test_inputs, device, dtype),
            test_targets=_moved(self.test_targets, device, dtype),
        )


def _moved(tensor: Tensor, device: str | torch.device, dtype: torch.dtype) -> Tensor:
    return tensor.to(device, dtype) if tensor.is_floating_point() else tensor.to(device)


@runtime_checkable
class DataSpec(Protocol):
    """A frozen dataclass of plain values, with a `kind`, that loads a dataset."""

    kind: str
    train_examples: int

    def __hash__(self) -> int:
        """Equal specs have equal hashes, as those of frozen dataclasses."""

    def load(self) -> Dataset:
        """The examples, the same at every call."""
