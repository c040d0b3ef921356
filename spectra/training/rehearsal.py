"""Whether models can read their data, found out before many runs find it out one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

import torch

from spectra.data import DataSpec
from spectra.kernels.linearized import linearize
from spectra.training.spec import RunSpec

SIZES = ("width", "depth")


def rehearse(specs: Iterable[RunSpec]) -> None:
    """Load the data of some runs and put one example through the smallest of each kind of model.

    Args:
        specs: The runs. Of those that differ in nothing but size, optimizer, regime and seed the smallest is tried.

    Raises:
        ValueError: If data cannot be loaded, or a model cannot be built for them, cannot read them, or has no expansion
            where a run trains one; with what the model or the data said.
    """
    smallest: dict[DataSpec, dict[tuple[str, ...], RunSpec]] = {}
    for spec in sorted(specs, key=lambda spec: (spec.model.size.width, spec.model.size.depth)):
        settings = [(name, value) for name, value in asdict(spec.model).items() if name not in SIZES]  # type: ignore[call-overload]
        kept = smallest.setdefault(spec.data, {})
        kept.setdefault((*map(repr, settings), spec.expansion), spec)
    for data, models in smallest.items():
        first = next(iter(models.values()))
        with _named(first):
            dataset = data.load()
        example = dataset.inputs[:1]
        example = example.float() if example.is_floating_point() else example
        for spec in models.values():
            with _named(spec), torch.no_grad():
                network = spec.model.build(tuple(example.shape[1:]), dataset.outputs).float()
                (network if spec.expansion == "network" else linearize(network))(example)


@contextmanager
def _named(spec: RunSpec) -> Iterator[None]:
    """Say which model and which data an error is about."""
    try:
        yield
    # Whatever a model or a dataset raises would end every run of this kind.
    except (ValueError, TypeError, RuntimeError, OSError, ImportError) as error:
        raise ValueError(f"model {spec.model.kind} on data {spec.data.kind}: {error}") from error
