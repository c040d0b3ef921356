"""A training that stands still while it is measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from spectra.training.own_precision import own_precision


@contextmanager
def set_aside(module: nn.Module) -> Iterator[None]:
    """Within, every part of a module is in evaluation mode; afterwards it is in the mode it had, even after an error.

    The state of torch's random generators, on the CPU and on the module's device, is put back as well. Modes are set on
    the parts themselves: a module whose own `train` or `eval` does more than that is not told. A `torch.autocast`
    around it is off within (`own_precision`).
    """
    modes = [(part, part.training) for part in module.modules()]
    places = {tensor.device for tensor in module.parameters() if tensor.device.type != "cpu"}
    kind = next(iter(places)).type if places else "cuda"
    with torch.random.fork_rng(places, device_type=kind), own_precision({"cpu", kind}):
        try:
            for part, _ in modes:
                part.training = False
            yield
        finally:
            for part, mode in modes:
                part.training = mode
