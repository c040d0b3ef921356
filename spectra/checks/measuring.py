"""Sizes of the layers of a trial, and of their changes, along its first updates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from spectra.checks.recording import OUTPUT, Recording, recorded
from spectra.checks.trial import Trial
from spectra.objectives.wrapping import unwrapped

SETTINGS = {
    "lr": "rate",
    "eps": "epsilon",
    "weight_decay": "decay",
    "momentum": "momentum",
    "relative_rate": "relative_rate",  # put there by parameter_groups
    "initial_lr": "scheduled_rate",  # put there by every schedule of torch
}
"""What is read of each parameter's group, and what it is called in the table."""


@dataclass(frozen=True)
class Measured:
    """What was measured of one trial.

    Attributes:
        rows: (layer, quantity, step, value). Of layers: `size`, the root mean square of the output, and of the whole
            network's that of its deviation from the mean over the batch, because the bias of a readout is as large at
            every width and would hide how large the readout is; `change`, that of
            its difference from the output before training; `relative_update`, that of f(h_t, W_t) - f(h_t, W_0) over
            that of f(h_0, W_0), where f is the layer, h_t its input and W_t its weights after t updates: how far the
            layer's own weights moved its output, for a matrix |(W_t - W_0) h_t| / |W_0 h_0|. Of parameters, by their
            names: `parameter_change`, the root mean square of W_t - W_0; and the values of
            `SETTINGS` in the optimizer's group, at the start and the end.
        shapes: Shapes of the first input and of the output of each layer, in the order in which they end.
    """

    rows: tuple[tuple[str, str, int, float], ...]
    shapes: dict[str, tuple[torch.Size, torch.Size]]


def measured(trial: Trial, steps: int) -> Measured:
    """Train a trial for some updates and measure before and after each.

    Args:
        trial: It is trained in place.
        steps: Number of updates T.

    Returns:
        Rows and shapes; numbers that overflowed are in the rows as they are.
    """
    parameters = dict(unwrapped(trial.module).named_parameters())
    start = {id(tensor): tensor.detach().clone() for tensor in parameters.values()}
    first = recorded(trial, start)
    rows = [(name, "size", 0, _size(name, first)) for name in first.outputs]
    rows += _settings(trial, 0)
    for step in range(1, steps + 1):
        trial.train()
        rows += _moves(first, recorded(trial, start), step)
        rows += [
            (name, "parameter_change", step, _rms(tensor.detach() - start[id(tensor)]))
            for name, tensor in parameters.items()
        ]
    rows += _settings(trial, steps)
    return Measured(tuple(rows), first.shapes)


def _moves(first: Recording, now: Recording, step: int) -> Iterator[tuple[str, str, int, float]]:
    for name, output in now.outputs.items():
        before = first.outputs.get(name)
        if before is None or before.shape != output.shape:
            raise ValueError(
                f"{name} returned {output.numel()} numbers after {step} updates and "
                f"{0 if before is None else before.numel()} before: the loss of a trial must be that of one fixed batch"
            )
        yield name, "size", step, _size(name, now)
        yield name, "change", step, _difference(output, before)
        if name in now.unmoved:
            yield name, "relative_update", step, _difference(output, now.unmoved[name]) / (_rms(before) or 1.0)


def _size(name: str, recording: Recording) -> float:
    output = recording.outputs[name]
    if name != OUTPUT:
        return _rms(output)
    examples = output.reshape(-1, *recording.shapes[name][1][-1:])
    return _rms(examples - examples.mean(0))


def _difference(new: Tensor, old: Tensor) -> float:
    """Root mean square of a difference; zero where it is rounding."""
    change, size = _rms(new - old), _rms(old)
    return 0.0 if change < 32 * torch.finfo(new.dtype).eps * size else change


def _rms(tensor: Tensor) -> float:
    return float(tensor.double().square().mean().sqrt()) if tensor.numel() else 0.0


def _settings(trial: Trial, step: int) -> list[tuple[str, str, int, float]]:
    names = {id(tensor): name for name, tensor in unwrapped(trial.module).named_parameters()}
    return [
        (names[id(tensor)], quantity, step, float(group[key]))
        for group in trial.optimizer.param_groups
        for tensor in group["params"]
        if id(tensor) in names
        for key, quantity in SETTINGS.items()
        if key in group
    ]
