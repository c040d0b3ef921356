"""Networks that can be differentiated forwards, along a direction of their weights."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch
from torch import nn
from torch.func import jvp

from spectra.objectives.plain_operations import plain_operations
from spectra.objectives.recurrence import plain_recurrence
from spectra.objectives.wrapping import uncompiled

NO_FORWARD = (
    "the network has an operation without a forward derivative ({error}), so that its linearization cannot be "
    "evaluated; write it in plain operations (an nn.Embedding and a sum in place of nn.EmbeddingBag), or use the "
    "kernel of the network with empirical_ntk, which needs first derivatives alone"
)

MISSING = ("forward AD", "jvp")
"""What torch says of an operation that has no forward derivative."""


@contextmanager
def forward_differentiable(module: nn.Module) -> Iterator[None]:
    """Inside, attention, recurrence and weight normalization run in operations that have forward derivatives.

    Raises:
        NotImplementedError: If an operation has none.
    """
    load_forward_rules()
    try:
        with uncompiled(), plain_operations(), plain_recurrence(module):
            yield
    except (NotImplementedError, RuntimeError) as error:
        if not any(words in str(error) for words in MISSING):
            raise
        raise NotImplementedError(NO_FORWARD.format(error=str(error).splitlines()[0])) from error


@cache
def load_forward_rules() -> None:
    """Have torch load its forward derivatives, which at the first use warns of the compiler that it uses for them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*torch.jit.script.*", DeprecationWarning)
        jvp(torch.neg, (torch.zeros(1),), (torch.zeros(1),))
