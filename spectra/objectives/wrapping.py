"""Modules inside wrappers: opened where the wrapper only speeds up or parallelises, refused where it hides weights."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.parallel import DataParallel, DistributedDataParallel

PARALLEL = (DistributedDataParallel, DataParallel)


def unwrapped(module: nn.Module) -> nn.Module:
    """The module inside data-parallel and compiled wrappers, whose parameters have names without a prefix.

    Second derivatives through a data-parallel wrapper are silently those of one process, and those of a compiled module
    do not exist.

    Raises:
        ValueError: If a wrapper is left inside the module, or the parameters are those of a fully sharded module.
    """
    while True:
        if isinstance(module, PARALLEL):
            module = module.module
        elif isinstance(module, _classes("torch._dynamo.eval_frame", "OptimizedModule")):
            module = module._orig_mod  # type: ignore[assignment]
        else:
            _require_open(module)
            return module


def _require_open(module: nn.Module) -> None:
    sharding = _classes("torch.distributed.fsdp", "FullyShardedDataParallel", "FSDPModule")
    hooked = _classes("torch.distributed._composable.replicate", "DDP")
    for name, part in module.named_modules():
        where = f"{name or 'the module'} ({type(part).__name__})"
        if isinstance(part, sharding):
            raise ValueError(
                f"{where} is fully sharded (FSDP): its parameters are whole only inside its own forward pass, which "
                "takes no other weights; measure an unsharded copy of the module that has loaded its full state dict, "
                "or a module whose parameters are plain DTensors, as parallelize_module makes them"
            )
        if isinstance(part, hooked):
            raise ValueError(
                f"{where} was made data-parallel by replicate(), whose hooks would take a measurement for a training "
                "step; measure a copy of the module that was made without it"
            )
        if isinstance(part, PARALLEL):
            raise ValueError(
                f"{where} is a data-parallel wrapper inside the module, through which second derivatives are silently "
                f"those of one process; put {name}.module in its place"
            )


@contextmanager
def uncompiled() -> Iterator[None]:
    """Within, compiled modules and functions run as they were written: compiled ones have no second derivative."""
    # A program that never loaded the compiler has compiled nothing, and loading it takes a second.
    if "torch._dynamo" not in sys.modules:
        yield
        return
    with torch.compiler.set_stance("force_eager"):
        yield


def _classes(module: str, *names: str) -> tuple[type, ...]:
    """Classes of a part of torch that is costly to load: where it is not loaded, nothing can be an instance of them."""
    return tuple(getattr(sys.modules[module], name) for name in names if hasattr(sys.modules.get(module), name))
