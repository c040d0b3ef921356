"""Parameters that are used times a number or transposed: their derivatives are known where those of the result are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from spectra.kernels.derivative_parts import Outer, Part, weighted

MULTIPLICATIONS = (torch.mul, torch.Tensor.mul, torch.Tensor.__mul__, torch.Tensor.__rmul__)
DIVISIONS = (torch.div, torch.Tensor.div, torch.Tensor.__truediv__, torch.true_divide)
TRANSPOSITIONS: tuple[Callable[..., Any], ...] = (
    torch.t,
    torch.Tensor.t,
    torch.Tensor.T.__get__,  # type: ignore[attr-defined]
    torch.Tensor.mT.__get__,  # type: ignore[attr-defined]
)


@dataclass(frozen=True)
class Alias:
    """A tensor that is a parameter times a number, or the transpose of that."""

    tensor: Tensor  # kept, so that no other tensor gets its id
    name: str  # of the parameter
    scale: float = 1.0
    transposed: bool = False

    @property
    def plain(self) -> bool:
        """Whether it is the parameter itself."""
        return self.scale == 1 and not self.transposed

    def derivatives(self, part: Part) -> Part:
        """Derivatives in the parameter from those in this tensor.

        Raises:
            ValueError: If the derivatives in a transposed matrix are not known as factors.
        """
        scaled = part if self.scale == 1 else weighted(part, self.scale)
        if not self.transposed:
            return scaled
        if not isinstance(scaled, Outer):
            raise ValueError("it is used transposed, and not as the matrix of a product")
        return replace(scaled, left_first=not scaled.left_first)


def alias_of(func: Callable[..., Any], args: Sequence[Any], output: Any, known: Mapping[int, Alias]) -> Alias | None:
    """What the output of a function is, if it is a known tensor times a number, or transposed."""
    if not isinstance(output, Tensor) or not args:
        return None
    held, others = known.get(id(args[0])), args[1:]
    if func in TRANSPOSITIONS and held is not None and output.ndim == 2:
        return replace(held, tensor=output, transposed=not held.transposed)
    if func in MULTIPLICATIONS and held is None and len(args) == 2:
        held, others = known.get(id(args[1])), args[:1]
    if func not in MULTIPLICATIONS + DIVISIONS or held is None or len(others) != 1:
        return None
    number = _number(others[0])
    if number is None or (func in DIVISIONS and number == 0):
        return None
    return replace(held, tensor=output, scale=held.scale / number if func in DIVISIONS else held.scale * number)


def _number(value: Any) -> float | None:
    """A number, or a tensor of one that is not trained."""
    if isinstance(value, Tensor):
        return float(value) if value.ndim == 0 and not value.requires_grad and not value.is_complex() else None
    return float(value) if isinstance(value, (int, float)) else None
