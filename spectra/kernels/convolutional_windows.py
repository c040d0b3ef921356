"""How the covariances of pictures move through convolutions."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from spectra.kernels.infinite_layers import Covariances

PADDINGS, READOUTS = ("zeros", "circular", "none"), ("flatten", "average")


@dataclass(frozen=True)
class Windows:
    """The geometry of a convolutional network: square windows, the same in every layer, and its readout.

    Attributes:
        size: Side k of the window.
        stride: Step between windows.
        padding: "zeros" or "circular" by (k - 1) / 2 on every side, for odd k; or "none".
        readout: Dense on all positions ("flatten"), or on their mean ("average").
    """

    size: int = 3
    stride: int = 1
    padding: str = "zeros"
    readout: str = "flatten"

    def __post_init__(self) -> None:
        for name, possible in (("padding", PADDINGS), ("readout", READOUTS)):
            if getattr(self, name) not in possible:
                raise ValueError(f"{name} {getattr(self, name)!r} is not possible; use one of {', '.join(possible)}")
        if self.size < 1 or self.stride < 1:
            raise ValueError(f"windows of size {self.size} and stride {self.stride} are not possible; use 1 or more")
        if self.padding != "none" and self.size % 2 == 0:
            raise ValueError(f"windows of even size {self.size} cannot be padded alike on both sides; use an odd size")

    @property
    def margin(self) -> int:
        """Padding on every side."""
        return 0 if self.padding == "none" else self.size // 2

    def places(self, side: int) -> int:
        """Number of windows along a side."""
        return (side + 2 * self.margin - self.size) // self.stride + 1

    def check_fits(self, layers: int, sides: tuple[int, int]) -> None:
        """Refuse pictures that shrink to nothing.

        Raises:
            ValueError: With the layer at which it happens.
        """
        height, width = sides
        for layer in range(layers):
            if min(height, width) + 2 * self.margin < self.size or self.margin > min(height, width):
                raise ValueError(
                    f"convolution {layer + 1} of {layers} has windows of {self.size} x {self.size} for pictures of "
                    f"{height} x {width}; use fewer layers, smaller windows or padding"
                )
            height, width = self.places(height), self.places(width)

    def products(self, left: Tensor, right: Tensor) -> Tensor:
        """Products of a channel (N, H, W) with another (M, H, W): at equal positions, or for "average" at all pairs."""
        if self.readout == "flatten":
            return left[:, None] * right[None]
        return left[:, None, :, :, None, None] * right[None, :, None, None]

    def convolved(self, layer: Covariances) -> Covariances:
        """Means over the offsets in a window, moved at both positions together."""
        return Covariances(
            self._averaged(layer.first, 1),
            self._averaged(layer.second, 1),
            self._averaged(layer.cross, 2),
            self._averaged(layer.tangent, 2),
        )

    def _averaged(self, part: Tensor, leading: int) -> Tensor:
        sides = part.shape[leading:]
        padded = self._padded(part, leading)
        total = torch.zeros((), dtype=part.dtype, device=part.device)
        for down in range(self.size):
            for across in range(self.size):
                starts = (down, across) * (len(sides) // 2)
                spans = (
                    slice(s, s + (self.places(n) - 1) * self.stride + 1, self.stride)
                    for s, n in zip(starts, sides, strict=True)
                )
                total = total + padded[(slice(None),) * leading + tuple(spans)]
        return total / self.size**2

    def _padded(self, part: Tensor, leading: int) -> Tensor:
        if self.padding == "zeros":
            return functional.pad(part, (self.margin, self.margin) * (part.ndim - leading))
        if self.padding == "circular":
            for axis in range(leading, part.ndim):
                around = torch.arange(-self.margin, part.shape[axis] + self.margin, device=part.device)
                part = part.index_select(axis, around % part.shape[axis])
        return part
