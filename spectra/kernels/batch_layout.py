"""Where the examples lie in a tensor inside a network."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Layout:
    """The axis along which the examples lie, each with `fold` places in a row, as after a reshape to (N T, width)."""

    axis: int
    fold: int = 1

    def examples(self, tensor: Tensor, lead: int) -> Tensor:
        """(*lead, *rest) -> (n, t, *rest): examples first, all other places of theirs in one axis."""
        apart: Tensor = tensor.unflatten(self.axis, (-1, self.fold)).movedim(self.axis, 0)
        return apart.flatten(1, lead)

    def gradients(self, tensor: Tensor, lead: int) -> Tensor:
        """(k, *lead, *rest) -> (n, k, t, *rest)."""
        apart: Tensor = tensor.unflatten(self.axis + 1, (-1, self.fold)).movedim(self.axis + 1, 0)
        return apart.flatten(2, lead + 1)


def layout_of(few: torch.Size, more: torch.Size, counts: tuple[int, int]) -> Layout | None:
    """The layout of a tensor from its shapes in two passes with other numbers of examples.

    Args:
        few: The shape in the first pass.
        more: The shape in the second pass.
        counts: Examples in each.

    Returns:
        None if no axis, or more than one, grows with the examples, or one does in another way.

    >>> layout_of(torch.Size([7, 4]), torch.Size([7, 6]), (2, 3))
    Layout(axis=1, fold=2)
    """
    if len(few) != len(more):
        return None
    grown = [axis for axis, sizes in enumerate(zip(few, more, strict=True)) if sizes[0] != sizes[1]]
    if len(grown) != 1:
        return None
    (axis,) = grown
    fold, rest = divmod(few[axis], counts[0])
    return Layout(axis, fold) if rest == 0 and more[axis] == fold * counts[1] else None
