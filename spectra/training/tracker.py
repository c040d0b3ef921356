"""Sharpness along a training loop of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from numbers import Integral
from typing import Any, get_args

import pandas as pd
from torch import Tensor, nn
from torch.optim import Optimizer

from spectra.eigen import Eigenpairs, top_eigenpairs
from spectra.objectives import Criterion
from spectra.operators import SymmetricOperator
from spectra.operators.chance import own_generator
from spectra.operators.optimizers import has_step_sizes, stability_threshold
from spectra.training.rows import Values, eigenvalue_rows
from spectra.training.set_aside import set_aside
from spectra.training.snapshot import BatchLoss, Snapshot, snapshot
from spectra.training.step_grid import StepGrid
from spectra.training.tracking import EIGENVALUES, OF_THE_OPTIMIZER, Quantity, Row, Tracking, table_of


class SharpnessTracker:
    """Measures curvature from inside a training loop, and leaves the training as it is.

    Call it with the number of updates made. At the steps of its grid it takes a copy of the weights, puts every part of
    the module in evaluation mode for the measurement and back into its former mode afterwards, also when the
    measurement raises, and leaves gradients, optimizer, buffers and torch's random state untouched: training with and
    without it is the same to the last bit. A measurement starts from the eigenvectors of the one before, and has the
    precision of the weights: a `torch.autocast` around the call is off in it, one in the module's own forward is not.
    Between measurements it keeps `count` + 1 vectors as long as all weights for each kind of sharpness, and none with
    `cold_every=1`.

    Attributes:
        rows: All rows so far.

    Raises:
        ValueError: If a quantity needs an optimizer and none is given, there are no batches, or the module or the
            optimizer cannot be measured; see `flatten` and `step_sizes`.
        TypeError: If the optimizer or the loss is of another kind.
        FloatingPointError: On a call, if the weights are no longer finite, or so large that the curvature is not, as
            in a training that diverges; the rows of the steps before are kept.

    >>> import torch
    >>> from spectra import squared_error
    >>> module = nn.Linear(3, 1)
    >>> batches = [(torch.ones(4, 3), torch.zeros(4, 1))]
    >>> tracker = SharpnessTracker(module, squared_error, batches, grid=StepGrid(every=10))
    >>> [row.quantity for row in tracker(0)][:2], len(tracker(1))
    (['sharpness', 'sharpness_residual'], 0)
    """

    def __init__(
        self,
        module: nn.Module,
        loss: Criterion | BatchLoss,
        batches: Iterable[Any],
        *,
        grid: StepGrid,
        optimizer: Optimizer | None = None,
        tracking: Tracking | None = None,
    ) -> None:
        """Read the batches, and check that all fits.

        Args:
            module: What is trained; it changes between calls. With several processes, each must call alike.
            loss: A criterion, whose batches are pairs (inputs, targets); or a function (module, batch) -> (sum of the
                losses of the batch, number of its examples), as for `objective_of`.
            batches: On what is measured, read once and kept, on the device of the module.
            grid: When. In a loop without a known end, `points` counts the steps per factor of ten.
            optimizer: The live optimizer, for what it sees. Before its first update Adam has no step sizes: at step 0
                there is no row of the effective sharpness.
            tracking: What is measured, and how exactly; None is the default of each.
        """
        if not isinstance(grid, StepGrid):
            raise TypeError(f"the grid is {grid!r}; pass StepGrid(every=n) or StepGrid(points=n)")
        self.rows: list[Row] = []
        self._module, self._loss, self._optimizer, self._grid = module, loss, optimizer, grid
        self._tracking = Tracking() if tracking is None else tracking
        self._quantities = _quantities(self._tracking, optimizer)
        self._starts: dict[str, Tensor] = {}
        self._generator = own_generator()
        self._taken = 0
        # Reading a loader draws from torch's random state, even if it does not shuffle.
        with set_aside(module):
            self._batches = tuple(batches)
            snapshot(module, loss, self._batches, optimizer)

    def __call__(self, step: int) -> list[Row]:
        """Measure if the step is on the grid; the new rows, none on other steps and when the step is that of before.

        Args:
            step: Number of updates made.
        """
        return self.measure(step) if self._grid.due(_counted(step)) else []

    def measure(self, step: int) -> list[Row]:
        """Measure now, whatever the grid says, for example after the last update; none if this step was the last one.

        Args:
            step: Number of updates made.

        Raises:
            ValueError: If the step is before the last one that was measured.
        """
        step, last = _counted(step), self.rows[-1].step if self.rows else -1
        if step == last:
            return []
        if step < last:
            raise ValueError(
                f"step {step} was given after step {last}; it is the number of updates made since the start: count on "
                "from epoch to epoch, and give a new training a tracker of its own"
            )
        with set_aside(self._module):
            now = snapshot(self._module, self._loss, self._batches, self._optimizer, self._tracking.method)
            new = self._measured(now, step, last)
        self._taken += 1
        self.rows += new
        return new

    @property
    def table(self) -> pd.DataFrame:
        """All rows so far as a long table: run, step, quantity, index, value."""
        return table_of(self.rows)

    def _measured(self, now: Snapshot, step: int, last: int) -> list[Row]:
        try:
            return [Row(self._tracking.run, step, *value) for value in self._values(now)]
        except (FloatingPointError, ValueError) as error:
            size = f"{(largest := float(now.weights.abs().max())):.3g}"
            if isinstance(error, ValueError) and isfinite(largest):
                raise
            if last < 0:
                raise FloatingPointError(f"at step {step}, with weights up to {size}, {error}") from error
            raise FloatingPointError(
                f"training has most likely diverged between steps {last} and {step}: with weights up to {size}, "
                f"{error}; lower the learning rate, or end the loop at this error: the tracker keeps the rows of the "
                "steps before"
            ) from error

    def _values(self, now: Snapshot) -> Values:
        vectors = None
        for quantity in self._quantities:
            if quantity not in EIGENVALUES:
                yield from now.companion(quantity, vectors)
                continue
            operator = now.operator(quantity)
            if operator is None:
                continue
            start = self._start(quantity, operator)
            pairs = self._eigenpairs(operator, start)
            if self._tracking.cold_every > 1:  # else nothing starts warm, and they would take memory from the training
                self._starts[quantity] = pairs.start
            vectors = pairs.vectors if quantity == "sharpness" else vectors
            yield from eigenvalue_rows(quantity, pairs)
            yield f"{quantity}_cold", 0, float(start is None)

    def _start(self, quantity: str, operator: SymmetricOperator) -> Tensor | None:
        start = self._starts.get(quantity)
        # Parameters that were frozen or thawed meanwhile make another matrix.
        fits = start is not None and len(start) == operator.dim
        return start if fits and self._taken % self._tracking.cold_every else None

    def _eigenpairs(self, operator: SymmetricOperator, start: Tensor | None) -> Eigenpairs:
        return top_eigenpairs(
            operator,
            self._tracking.count,
            start=start,
            tolerance=self._tracking.tolerance,
            max_matvecs=self._tracking.max_matvecs,
            max_basis=self._tracking.max_basis,
            generator=self._generator,
        )


def _quantities(tracking: Tracking, optimizer: Optimizer | None) -> list[str]:
    """What is measured, the eigenvalues before what uses their vectors."""
    default = ("sharpness",) if optimizer is None else ("sharpness", *OF_THE_OPTIMIZER)
    asked = default if tracking.quantities is None else tracking.quantities
    unseen = [quantity for quantity in asked if quantity in OF_THE_OPTIMIZER and optimizer is None]
    if unseen:
        raise ValueError(f"{unseen} are what an optimizer sees; pass optimizer=, or leave them out")
    if optimizer is not None and "effective_sharpness" in asked:
        has_step_sizes(optimizer)
    if optimizer is not None and "stability_threshold" in asked:
        stability_threshold(optimizer)
    return [quantity for quantity in get_args(Quantity) if quantity in asked]


def _counted(step: object) -> int:
    if not isinstance(step, Integral) or step < 0:
        raise ValueError(f"step {step!r} was given; it is the number of updates made, a whole number from 0")
    return int(step)
