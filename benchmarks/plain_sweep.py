"""The sweep of `sweep.toml` as one writes it with torch and PyHessian: nested loops, one run after the other.

Written with care: data in memory, no loader, no synchronisation between losses, one graph for each eigenvalue. It uses
nothing of this library, but draws weights and batches from the same streams, so that both make the same runs and their
tables can be held against each other. PyHessian measures the Hessian in the parameters of a module. Descent with a rate
for each matrix W is descent with rate one in W / sqrt(rate), so a module in these parameters has the Hessian that the
optimizer sees, the effective one, at no cost beyond a copy of the weights.
"""

from __future__ import annotations

import argparse
import csv
import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
from pyhessian import hessian
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional

TRAIN, BATCH, STEPS = 1500, 128, 120
LOSSES_EVERY, SHARPNESS_EVERY, MEASURED = 10, 40, 256
BASE = 64
BLOWN_UP = 1e3
TOLERANCE, MOST = 1e-5, 1000
"""Of PyHessian's eigenvalues. Its default of 1e-3 misses 1e-3 of the truth at most checkpoints; 1e-5 reaches it at 93 %
of them, 1e-6 at 96 %, and the rest are not a matter of the tolerance (`sweep_accuracy.py`)."""

Data = tuple[Tensor, Tensor, Tensor, Tensor]
Measure = Callable[[nn.Module, Tensor, Tensor], float]


@dataclass(frozen=True)
class Setting:
    """What tells runs apart."""

    regime: str
    width: int
    rate: float
    seed: int


class Network(nn.Module):
    """x -> multiplier * W_out relu(h + W relu(h)) with h = W_in x."""

    def __init__(self, width: int, multiplier: float) -> None:
        super().__init__()
        self.embed = nn.Linear(64, width, bias=False)
        self.hidden = nn.Linear(width, width, bias=False)
        self.readout = nn.Linear(width, 10, bias=False)
        self.multiplier = multiplier

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits (N, 10) of images (N, 64)."""
        stream = self.embed(inputs)
        stream = stream + self.hidden(functional.relu(stream))
        return self.multiplier * self.readout(functional.relu(stream))


class Scaled(nn.Module):
    """x -> scale * W x."""

    def __init__(self, weight: Tensor, scale: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.scale = scale

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (N, outputs) of inputs (N, inputs)."""
        return self.scale * functional.linear(inputs, self.weight)


def digits() -> Data:
    """Training and test images and labels, in the order and the units of the library."""
    pixels, labels = (torch.from_numpy(part) for part in load_digits(return_X_y=True))
    order = torch.randperm(len(pixels), generator=torch.Generator().manual_seed(0))
    images = pixels[order]
    images = ((images - images[:TRAIN].mean()) / images[:TRAIN].std()).float().flatten(1)
    return images[:TRAIN], labels[order][:TRAIN], images[TRAIN:], labels[order][TRAIN:]


def stream(seed: int, number: int) -> torch.Generator:
    """One of several independent sources of randomness of a run."""
    state = np.random.SeedSequence(seed, spawn_key=(number,)).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))


def network(setting: Setting) -> Network:
    """The network of a run: normal weights of variance 1 / fan-in, and a readout that starts at zero."""
    ratio = setting.width / BASE
    module = Network(setting.width, BASE**-0.5 / (ratio if setting.regime == "mup" else 1))
    source = stream(setting.seed, 0)
    with torch.no_grad():
        for layer in (module.embed, module.hidden):
            deviation = layer.in_features**-0.5
            layer.weight.copy_(deviation * torch.randn(layer.weight.shape, generator=source))
        module.readout.weight.zero_()
    return module


def rates(setting: Setting) -> dict[str, float]:
    """The learning rate of each matrix."""
    ratio = setting.width / BASE
    if setting.regime == "mup":
        return {"embed": setting.rate * ratio, "hidden": setting.rate, "readout": setting.rate * ratio}
    return {"embed": setting.rate, "hidden": setting.rate / ratio, "readout": setting.rate / ratio}


def seen_by_descent(module: Network, rate_of: dict[str, float]) -> Network:
    """The same function in the parameters W / sqrt(rate): its Hessian is D^(1/2) H D^(1/2)."""
    copy = Network(1, module.multiplier)
    for name, rate in rate_of.items():
        weight = getattr(module, name).weight.detach() / math.sqrt(rate)
        setattr(copy, name, Scaled(weight, math.sqrt(rate)))
    return copy


def sharpness(module: nn.Module, inputs: Tensor, targets: Tensor, *, tolerance: float = TOLERANCE) -> float:
    """The largest Hessian eigenvalue by PyHessian."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it builds its graph in a way that torch warns about
        found = hessian(module, functional.cross_entropy, data=(inputs, targets), cuda=False)
        (value,), _ = found.eigenvalues(maxIter=MOST, tol=tolerance)
    module.zero_grad()  # the gradients hold the graph, and the parameters hold them
    return float(value)


def batches(data: Data, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Shuffled batches without end; what does not fill a batch is left out of an epoch."""
    source = stream(seed, 1)
    while True:
        for rows in torch.randperm(TRAIN, generator=source)[: TRAIN - TRAIN % BATCH].split(BATCH):
            yield data[0][rows], data[1][rows]


def run(setting: Setting, data: Data, measure: Measure | None) -> Iterator[tuple[int, str, float]]:
    """Train one network; step, quantity and value of all that is measured. A loss that blows up ends it."""
    module, rate_of = network(setting), rates(setting)
    groups = [{"params": getattr(module, name).parameters(), "lr": rate} for name, rate in rate_of.items()]
    optimizer, examples, first = torch.optim.SGD(groups), batches(data, setting.seed), None
    for step in range(STEPS + 1):
        if step % LOSSES_EVERY == 0:
            loss, test_loss = losses(module, data)
            first = loss if first is None else first
            if not loss <= BLOWN_UP * first:
                yield step, "diverged", 1.0
                return
            yield from ((step, "loss", loss), (step, "test_loss", test_loss))
        if measure and step % SHARPNESS_EVERY == 0:
            copy = seen_by_descent(module, rate_of)
            yield step, "effective_sharpness", measure(copy, data[0][:MEASURED], data[1][:MEASURED])
        if step < STEPS:
            inputs, targets = next(examples)
            optimizer.zero_grad()
            functional.cross_entropy(module(inputs), targets).backward()
            optimizer.step()


def losses(module: nn.Module, data: Data) -> tuple[float, float]:
    """Mean loss on all training and on all test images."""
    with torch.no_grad():
        return tuple(float(functional.cross_entropy(module(data[at]), data[at + 1])) for at in (0, 2))


def sweep(settings: Iterable[Setting], measure: Measure | None = sharpness) -> Iterator[tuple[object, ...]]:
    """Rows of the table: the setting, then step, quantity and value."""
    data = digits()
    for setting in settings:
        for row in run(setting, data, measure):
            yield setting.regime, setting.width, setting.rate, setting.seed, *row


def main() -> None:
    """Make the runs of a grid and write one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--widths", type=int, nargs="+", required=True)
    parser.add_argument("--rates", type=float, nargs="+", required=True)
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    parser.add_argument("--tolerance", type=float, default=TOLERANCE)
    parser.add_argument("--out", type=Path, required=True, help="a CSV file")
    asked = parser.parse_args()
    measure = partial(sharpness, tolerance=asked.tolerance)
    grid = product(("mup", "ntk_matched"), asked.widths, asked.rates, asked.seeds)
    with asked.out.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["regime", "width", "rate", "seed", "step", "quantity", "value"])
        writer.writerows(sweep((Setting(*values) for values in grid), measure))


if __name__ == "__main__":
    main()
