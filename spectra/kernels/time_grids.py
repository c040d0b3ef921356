"""Quantities at one time or at several: the axis of the times comes first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

Times = float | Sequence[float] | Tensor
"""One time, or several in a sequence or a tensor (T,)."""

Steps = int | Sequence[int] | Tensor
"""One number of steps, or several in a sequence or a tensor (T,)."""


def at_times(quantity: Callable[[float], Tensor], times: Times) -> Tensor:
    """A quantity (n,) at one time, and (T, n) at several.

    Raises:
        ValueError: If times are no numbers, negative or undefined, there is none, or they have more than one axis.
    """
    grid = _grid(times)
    if grid is None or grid.is_complex() or not bool((grid >= 0).all()):
        raise ValueError(
            f"a time of {times!r} is not possible; use zero, a positive number or inf, or several of them in one axis"
        )
    return _stacked(quantity, grid.double())


def at_steps(quantity: Callable[[int], Tensor], steps: Steps) -> Tensor:
    """A quantity (n,) after one number of steps, and (T, n) after several.

    Raises:
        ValueError: If steps are no whole numbers, negative, there is none, or they have more than one axis.
    """
    grid = _grid(steps)
    whole = grid is not None and not (grid.is_floating_point() or grid.is_complex() or grid.dtype == torch.bool)
    if grid is None or not whole or bool((grid < 0).any()):
        raise ValueError(
            f"{steps!r} steps are not possible; use zero or a positive whole number, or several of them in one axis"
        )
    return _stacked(quantity, grid)


def _grid(given: object) -> Tensor | None:
    """Numbers in one axis or none; None for anything else."""
    try:
        grid = given if isinstance(given, Tensor) else torch.from_numpy(np.asarray(given))
    except (TypeError, ValueError, RuntimeError):
        return None
    return grid if grid.ndim <= 1 and grid.numel() > 0 and not grid.is_meta else None


def _stacked(quantity: Callable[[Any], Tensor], grid: Tensor) -> Tensor:
    rows = [quantity(one) for one in grid.flatten().tolist()]
    return torch.stack(rows) if grid.ndim else rows[0]
