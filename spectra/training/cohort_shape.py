"""Which runs can train as one cohort, and how many of them are faster together."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import lru_cache

import torch
from torch import nn

from spectra.data import DataSpec
from spectra.models import ModelSpec
from spectra.objectives import flatten_stack
from spectra.objectives.expansion import Expansion
from spectra.scaling.layers import Convolution
from spectra.training.footprint import example, footprint
from spectra.training.spec import RunSpec

CACHED, FEWEST = 2**19, 4
"""Bytes of an activation of all members together, beyond which members make each other slower on a CPU: what an
operation touches then leaves the cache of a core. Residual networks of one branch, batches of 256, were fastest with 16
members at width 32, 8 to 16 at 64, 4 to 8 at 128, and alone from 256 on; vision transformers, batches of 64, with 16 at
width 32. Where fewer than four fit, one network after the other is as fast."""

MOST, MOST_ELSEWHERE = 64, 1024
"""Members at most on a CPU, where residual networks of width 32 gained less with 64 than with 16; and on other devices,
which nobody has measured: it bounds what a worker that dies can lose."""


def shape(spec: RunSpec) -> Hashable:
    """What runs of one cohort have in common; they may differ in seed, regime, temperature and optimizer.

    Model, data, kind of optimizer, batch size, measurements, steps, precision, threads, expansion, pretraining,
    criterion, how many examples are trained on, and how more of them are chosen.

    Args:
        spec: One of the runs.
    """
    return (
        spec.model,
        spec.data,
        spec.optimizer.kind,
        spec.optimizer.batch_size,
        spec.measurements,
        spec.steps,
        spec.precision,
        spec.threads,
        spec.expansion,
        spec.pretraining,
        spec.criterion,
        spec.trained_examples,
        spec.pretraining_examples,
        spec.acquisition,
        spec.acquired_examples,
        spec.acquired_every,
    )


def most_members(spec: RunSpec, *, device: str = "cpu") -> int:
    """Members of a cohort at most, so that each is faster in it than alone; memory may allow fewer.

    Args:
        spec: One of the runs.
        device: Where they would train.
    """
    if _unbatched(spec.model, spec.data, spec.expansion) is not None:
        return 1
    if torch.device(device).type != "cpu":
        return MOST_ELSEWHERE
    fitting = min(MOST, CACHED // footprint(spec).activation)
    return fitting if fitting >= FEWEST else 1


def alone(spec: RunSpec, *, device: str = "cpu") -> str | None:
    """Why runs of this shape do not share a cohort, in a few words; None if they do.

    Args:
        spec: One of the runs.
        device: Where they would train.
    """
    reason = _unbatched(spec.model, spec.data, spec.expansion)
    if reason is None and most_members(spec, device=device) == 1:
        return "a batch of this size on one such network fills the cache of a core, so several are no faster together"
    return reason


@lru_cache(maxsize=1024)
def _unbatched(model: ModelSpec, data: DataSpec, expansion: str) -> str | None:
    """Why networks cannot be batched, or are slower so; None if they can."""
    inputs, real, outputs = example(data)
    with torch.device("meta"):
        modules = [model.build(inputs, outputs) for _ in range(2)]
    if any(isinstance(part, (Convolution, nn.modules.conv._ConvNd)) for part in modules[0].modules()):
        return "convolutions of several networks at once are slower than one network after the other"
    shown = torch.zeros(2, 1, *inputs, dtype=None if real else torch.int64, device="meta")
    try:
        weights, stack = flatten_stack(modules)
    except ValueError as error:
        return f"such networks cannot be batched: {error}"
    stack = stack if expansion == "network" else replace(stack, expansion=Expansion(weights))
    try:
        stack(weights, shown)
    # Whatever an operation raises when it meets a batch of networks, such networks run one by one.
    except (RuntimeError, ValueError, TypeError) as error:
        return f"its forward pass cannot be batched: {str(error).splitlines()[0]}"
    return None
