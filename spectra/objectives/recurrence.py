"""Recurrent layers in operations that can be differentiated in evaluation mode, twice, and forwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

import torch
from torch import nn


@contextmanager
def plain_recurrence(module: nn.Module) -> Iterator[None]:
    """Within, the recurrent layers of a module are computed step by step.

    The fused ones of cuDNN have a gradient in training mode only and no second derivative, and those of oneDNN no
    forward derivative. Modules without recurrent layers, whose convolutions need these libraries, run as they are.
    """
    if not any(isinstance(part, nn.RNNBase) for part in module.modules()):
        yield
        return
    # Their own context managers set more than this switch, and that of oneDNN warns of it.
    libraries = torch.backends.cudnn, torch.backends.mkldnn
    before = [bool(library.enabled) for library in libraries]
    try:
        _switch(libraries, [False, False])
        yield
    finally:
        _switch(libraries, before)


def _switch(libraries: Sequence[ModuleType], states: Sequence[bool]) -> None:
    for library, state in zip(libraries, states, strict=True):
        library.enabled = state  # type: ignore[attr-defined]
