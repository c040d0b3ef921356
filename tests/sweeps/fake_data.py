"""Data specs that do what a test needs, small and without scikit-learn; workers import them from here."""

import json
import multiprocessing
import os
import resource
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from spectra.data import Dataset
from spectra.models import ResidualMLP
from spectra.objectives.criteria import cross_entropy
from spectra.training import SGD, Loss, RegimeSpec, RunSpec, Sharpness, StepGrid


@dataclass(frozen=True)
class Tiny:
    kind: str = "tiny"
    train_examples: int = 24

    def load(self) -> Dataset:
        generator = torch.Generator().manual_seed(0)
        inputs = torch.randn(2 * self.train_examples, 5, generator=generator, dtype=torch.float64)
        targets = (inputs[:, 0] > 0).long()
        half = self.train_examples
        return Dataset(inputs[:half], targets[:half], inputs[half:], targets[half:], cross_entropy, 2)


@dataclass(frozen=True)
class Broken:
    """Cannot be loaded, not even to see how large it is."""

    kind: str = "broken"
    train_examples: int = 24

    def load(self) -> Dataset:
        raise RuntimeError("there are no data at all")


@dataclass(frozen=True)
class Killing:
    """Kills a worker as the system does when memory runs out."""

    kind: str = "killing"
    train_examples: int = 24

    def load(self) -> Dataset:
        if multiprocessing.parent_process() is None:
            return Tiny().load()
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


@dataclass(frozen=True)
class Cramped:
    """Leaves a worker some MB beside what it has."""

    spare: int
    kind: str = "cramped"
    train_examples: int = 24

    def load(self) -> Dataset:
        if multiprocessing.parent_process() is not None:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            limit = resource.getpagesize() * pages + 2**20 * self.spare
            _, most = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (limit, most))
        return Tiny().load()


@dataclass(frozen=True)
class Hanging:
    """Notes which worker runs it, and never ends."""

    notes: str
    kind: str = "hanging"
    train_examples: int = 24

    def load(self) -> Dataset:
        if multiprocessing.parent_process() is None:
            return Tiny().load()
        facts = {"pid": os.getpid(), "threads": os.environ.get("OMP_NUM_THREADS")}
        beside = Path(self.notes) / f".{os.getpid()}"
        beside.write_text(json.dumps(facts))
        beside.rename(Path(self.notes) / f"{os.getpid()}.json")
        time.sleep(600)
        raise AssertionError


@dataclass(frozen=True)
class Failing:
    """Fails until a file exists."""

    cure: str
    kind: str = "failing"
    train_examples: int = 24

    def load(self) -> Dataset:
        if not Path(self.cure).exists():
            raise RuntimeError("there are no data today")
        return Tiny().load()


def tiny(
    seed: int = 1, *, data: Any = None, rate: float = 0.2, width: int = 6, steps: int = 6, threads: int = 1
) -> RunSpec:
    """A run of milliseconds that measures a loss and an eigenvalue."""
    return RunSpec(
        model=ResidualMLP(width, depth=2, activation="tanh"),
        data=Tiny() if data is None else data,
        optimizer=SGD(rate, batch_size=8),
        regime=RegimeSpec("mup", base_width=4, base_depth=2),
        measurements=(Loss(StepGrid(every=2)), Sharpness("effective_sharpness", StepGrid(every=3), examples=16)),
        steps=steps,
        seed=seed,
        threads=threads,
    )
