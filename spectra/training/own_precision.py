"""Computing in the precision of the tensors, whatever surrounds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

import torch


@contextmanager
def own_precision(kinds: Iterable[str]) -> Iterator[None]:
    """Within, a `torch.autocast` that the caller has opened is off; one that a module opens itself is not.

    Args:
        kinds: Types of the devices in use, such as "cpu" and "cuda".
    """
    with ExitStack() as stack:
        for kind in {*kinds}:
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        yield
