"""What a computation returned, in one form for all libraries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Found:
    """Numbers to compare with the truth, and what the library itself says about them."""

    values: Tensor  # (k,) eigenvalues from the largest down; a trace; the mean squared eigenvalue; none: not comparable
    products: int | None = None  # spent; None where the library does not tell
    claim: str = "-"  # what it says about its own error


Work = Callable[[int], Found]
"""A whole computation from a seed."""


class Counted:
    """A function that counts its calls, for libraries that do not tell how many products they spent."""

    def __init__(self, function: Callable[..., object]) -> None:
        self.function = function
        self.calls = 0

    def __call__(self, *arguments: object) -> object:
        """The function itself."""
        self.calls += 1
        return self.function(*arguments)
