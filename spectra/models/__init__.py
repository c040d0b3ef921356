"""Architectures, as specs that build modules from `spectra.scaling.layers`."""

from typing import Protocol, runtime_checkable

from torch import nn

from spectra.models.residual_mlp import ResidualMLP
from spectra.scaling import Size


@runtime_checkable
class ModelSpec(Protocol):
    """A frozen dataclass of plain values, with a `kind`, that builds a network of a size."""

    kind: str

    @property
    def size(self) -> Size:
        """Width and depth, as regimes count them."""

    def build(self, inputs: int, outputs: int) -> nn.Module:
        """A module from (N, inputs) to (N, outputs) whose weights are still to be drawn."""


MODELS: dict[str, type] = {"residual_mlp": ResidualMLP}

__all__ = ["MODELS", "ModelSpec", "ResidualMLP"]
