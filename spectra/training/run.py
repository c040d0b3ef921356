"""A run is a function from a spec to a table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from spectra.data import Dataset
from spectra.scaling import parameter_groups, parameterize
from spectra.training.measurements import Subject
from spectra.training.spec import RunSpec

BLOWN_UP = 1e3
"""A run counts as diverged when its loss is this many times the loss at initialisation, or not a number."""


def run(spec: RunSpec, *, device: str = "cpu") -> pd.DataFrame:
    """Train and measure as a spec says.

    A run whose batch loss blows up stops, and is a finished run: its table holds what was measured before, and the
    quantity `diverged` is 1 at the number of updates that had been made when it blew up. Every table has exactly one
    row of `diverged`; in a run that did not, it is 0 at the last step.

    Args:
        spec: All settings.
        device: Where tensors live; not part of the spec.

    Returns:
        Long table: the columns of `spec.columns()`, then run, step, quantity, index and value.

    Raises:
        ValueError: If the settings contradict each other, for example more examples are measured than there are.
    """
    with _settings(spec):
        subject, batches = _prepare(spec, device)
        rows = pd.DataFrame(_rows(spec, subject, batches), columns=["step", "quantity", "index", "value"])
    settings = pd.DataFrame([spec.columns() | {"run": spec.identity}] * len(rows))
    return pd.concat([settings, rows], axis=1)


@contextmanager
def _settings(spec: RunSpec) -> Iterator[None]:
    """The only place that touches what is global; it is put back afterwards."""
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    precision, tf32 = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    torch.set_num_threads(spec.threads)
    torch.set_default_dtype(getattr(torch, spec.precision))
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_default_dtype(dtype)
        torch.set_float32_matmul_precision(precision)
        torch.backends.cudnn.allow_tf32 = tf32


def _prepare(spec: RunSpec, device: str) -> tuple[Subject, Iterator[tuple[Tensor, Tensor]]]:
    # The three streams are independent: measuring more often changes neither the weights nor the data order, and runs
    # of all sizes with one seed see the same batches.
    init, order, probes = (_generator(spec.seed, stream) for stream in range(3))
    dataset = spec.data.load().to(device, getattr(torch, spec.precision))
    regime = spec.regime.build(spec.optimizer.kind)
    module = spec.model.build(tuple(dataset.inputs.shape[1:]), dataset.outputs)
    parameterize(module, regime, spec.model.size, init)
    module.to(device)
    groups = parameter_groups(module, regime, spec.model.size, **spec.optimizer.base_values())
    subject = Subject(module, spec.optimizer.build(groups), dataset, probes)
    return subject, _batches(dataset, spec.optimizer.batch_size, order)


def _generator(seed: int, stream: int) -> torch.Generator:
    state = np.random.SeedSequence(seed, spawn_key=(stream,)).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))


def _batches(dataset: Dataset, batch_size: int | None, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    count = len(dataset.inputs)
    size = count if batch_size is None else batch_size
    if size > count:
        raise ValueError(f"a batch size of {size} was asked for, and there are {count} training examples; use fewer")
    while True:
        order = torch.randperm(count, generator=generator).to(dataset.inputs.device)
        # The examples that no longer fill a batch are left out of this epoch; the next shuffle brings them back.
        for batch in order[: count - count % size].split(size):
            yield dataset.inputs[batch], dataset.targets[batch]


def _rows(
    spec: RunSpec, subject: Subject, batches: Iterator[tuple[Tensor, Tensor]]
) -> Iterator[tuple[int, str, int, float]]:
    measures = [(m.grid.steps(spec.steps), m.begin(subject)) for m in spec.measurements]
    limit, step = BLOWN_UP * _loss(subject), 0
    for stop in sorted({0, spec.steps}.union(*(steps for steps, _ in measures))):
        # One loss for each number of updates from `step` to `stop`: the last is taken at the stop itself, so that
        # nothing is ever measured on weights that have blown up.
        losses = torch.stack([*_train(subject, batches, stop - step), _loss(subject)])
        blown = (~(losses <= limit)).nonzero()
        if len(blown):
            yield step + int(blown[0]), "diverged", 0, 1.0
            return
        step = stop
        for steps, measure in measures:
            if step in steps:
                yield from ((step, *value) for value in measure())
    yield step, "diverged", 0, 0.0


def _loss(subject: Subject) -> Tensor:
    """Mean loss on all training examples, on their device."""
    dataset = subject.dataset
    with torch.no_grad():
        return dataset.criterion.losses(subject.module(dataset.inputs), dataset.targets).mean()


def _train(subject: Subject, batches: Iterator[tuple[Tensor, Tensor]], updates: int) -> list[Tensor]:
    """Make some updates; the batch loss before each, left on the device so that nothing waits for it."""
    losses = []
    for inputs, targets in islice(batches, updates):
        loss = subject.dataset.criterion.losses(subject.module(inputs), targets).mean()
        subject.optimizer.zero_grad()
        loss.backward()
        subject.optimizer.step()
        losses.append(loss.detach())
    return losses
