"""A tracker inside the training loops of Lightning and of the transformers library, neither of which is imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from torch import nn
from torch.optim import Optimizer

from spectra.training.tracker import SharpnessTracker
from spectra.training.tracking import table_of

BuildTracker = Callable[[nn.Module, Optimizer], SharpnessTracker]


class LightningTracker:
    """Calls a tracker from a Lightning `Trainer(callbacks=[...])`: when the training starts, and after every batch.

    The tracker is built when the training starts, because the optimizer does not exist before. It counts optimizer
    steps, `trainer.global_step`. Hooks that this class does not need do nothing.

        LightningTracker(lambda module, optimizer: SharpnessTracker(
            module, loss, batches, grid=StepGrid(every=100), optimizer=optimizer))

    Attributes:
        trackers: One for each training that was started.
        state_key: Name of its state in Lightning's checkpoints, where it has none.
    """

    state_key = "spectra.LightningTracker"

    def __init__(self, build: BuildTracker) -> None:
        """Keep how to build a tracker from the module and its (first) optimizer."""
        self.trackers: list[SharpnessTracker] = []
        self._build = build

    def on_train_start(self, trainer: Any, pl_module: nn.Module) -> None:
        """Build the tracker, and measure before the first update."""
        self.trackers.append(self._build(pl_module, trainer.optimizers[0]))
        self.trackers[-1](trainer.global_step)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:  # noqa: ARG002
        """Measure if the number of updates is on the grid; batches whose gradients are accumulated make none."""
        self.trackers[-1](trainer.global_step)

    @property
    def table(self) -> pd.DataFrame:
        """The rows of all trackers as a long table."""
        return table_of(row for tracker in self.trackers for row in tracker.rows)

    def state_dict(self) -> dict[str, Any]:
        """Nothing is kept in checkpoints."""
        return {}

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("on_") or name in ("setup", "teardown", "load_state_dict"):
            return _nothing
        raise AttributeError(f"LightningTracker has no attribute {name!r}")


class TransformersTracker:
    """Calls a tracker from a `Trainer(callbacks=[...])` of the transformers library: at the start, and after each step.

    The tracker is built when the training starts, because the optimizer does not exist before. Events that this class
    does not need do nothing.

        TransformersTracker(lambda module, optimizer: SharpnessTracker(
            module, loss, batches, grid=StepGrid(every=100), optimizer=optimizer))

    Attributes:
        trackers: One for each training that was started.
    """

    def __init__(self, build: BuildTracker) -> None:
        """Keep how to build a tracker from the module and its optimizer."""
        self.trackers: list[SharpnessTracker] = []
        self._build = build

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Build the tracker, and measure before the first update."""
        self.trackers.append(self._build(kwargs["model"], kwargs["optimizer"]))
        self.trackers[-1](state.global_step)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Measure if the number of updates is on the grid."""
        self.trackers[-1](state.global_step)

    @property
    def table(self) -> pd.DataFrame:
        """The rows of all trackers as a long table."""
        return table_of(row for tracker in self.trackers for row in tracker.rows)

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("on_"):
            return _nothing
        raise AttributeError(f"TransformersTracker has no attribute {name!r}")


def _nothing(*args: Any, **kwargs: Any) -> None:
    """A hook of the trainer that is not needed."""
