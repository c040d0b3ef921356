"""Whether models can read their data, found out before many runs find it out one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import torch

from spectra.training.spec import RunSpec

SIZES = ("width", "depth")


def rehearse(specs: Iterable[RunSpec]) -> None:
    """Load the data of some runs and put one example through the smallest of each kind of model.

    Args:
        specs: The runs. Of those that differ in nothing but size, optimizer, regime and seed the smallest is tried.

    Raises:
        ValueError: If data cannot be loaded, or a model cannot be built for them or cannot read them; with what the
            model or the data said.
    """
    smallest: dict[tuple[Any, ...], RunSpec] = {}
    for spec in sorted(specs, key=lambda spec: (spec.model.size.width, spec.model.size.depth)):
        model = {name: value for name, value in asdict(spec.model).items() if name not in SIZES}  # type: ignore[call-overload]
        smallest.setdefault((spec.data, *sorted(map(repr, model.items()))), spec)
    for spec in smallest.values():
        try:
            dataset = spec.data.load().to("cpu", torch.float32)
            module = spec.model.build(tuple(dataset.inputs.shape[1:]), dataset.outputs).float()
            with torch.no_grad():
                module(dataset.inputs[:1])
        # Whatever a model or a dataset raises would end every run of this kind.
        except (ValueError, TypeError, RuntimeError, OSError, ImportError) as error:
            raise ValueError(f"model {spec.model.kind} on data {spec.data.kind}: {error}") from error
