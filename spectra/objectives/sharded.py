"""Parameters that are spread over processes as DTensors, such as those of tensor parallelism."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from torch.distributed.device_mesh import DeviceMesh
    from torch.distributed.tensor import Placement

TWICE_DIFFERENTIABLE = "2.13"
"""Oldest torch in which redistribution was found to have a right second derivative; in 2.6 it is silently zero."""


@dataclass(frozen=True)
class Layout:
    """Where the pieces of a DTensor lie."""

    mesh: DeviceMesh
    placements: Sequence[Placement]


def layout(tensor: Tensor) -> Layout | None:
    """Where the pieces of a tensor lie; None for one that is whole.

    Raises:
        ValueError: If it is spread and this torch is too old to differentiate that twice.
    """
    tensors = sys.modules.get("torch.distributed.tensor")
    if tensors is None or not isinstance(tensor, tensors.DTensor):
        return None
    if torch.__version__ < TWICE_DIFFERENTIABLE:
        raise ValueError(
            f"the module has DTensor parameters, whose second derivatives are silently wrong in torch "
            f"{torch.__version__}; use torch {TWICE_DIFFERENTIABLE} or later, or an unsharded copy of the module"
        )
    return Layout(tensor.device_mesh, tensor.placements)


def gathered(tensor: Tensor) -> Tensor:
    """The whole tensor, on every process."""
    return tensor.detach() if layout(tensor) is None else tensor.detach().full_tensor()  # type: ignore[attr-defined]


def placed(whole: Tensor, where: Layout) -> Tensor:
    """The tensor spread over the processes, each of which gives the whole; its gradient comes back whole."""
    from torch.distributed.tensor import DTensor, Replicate

    same = DTensor.from_local(whole, where.mesh, [Replicate()] * where.mesh.ndim, run_check=False)
    return same.redistribute(where.mesh, where.placements)
