"""A module whose forward pass is any function of it."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn


class Called(nn.Module):
    """A module whose forward pass is a function of it."""

    def __init__(self, forward: Callable[[nn.Module, Tensor], Tensor], **held: nn.Module | nn.Parameter) -> None:
        super().__init__()
        self.run = forward
        for name, value in held.items():
            setattr(self, name, value)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.run(self, inputs)
