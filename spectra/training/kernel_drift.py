"""How far the tangent kernel has gone from that of the start, and how fast it turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.kernels.drift import kernel_drift, kernel_velocity
from spectra.training.rows import Memory, Values, named_by_kind
from spectra.training.split_examples import split_examples
from spectra.training.step_grid import StepGrid
from spectra.training.training_kernel import training_kernel

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class KernelDrift:
    """|K_t - K_0|_F / |K_0|_F of the tangent kernel on a few examples, exactly.

    K = J D J' (N C, N C), with J the Jacobian of the C outputs of each of N training examples and D the step size of
    every weight, so that it is the kernel of the training dynamics; with surrogate derivatives it is the J D J~' of
    `SurrogateMLP`. K_0 is that of the first measurement, which under Adam and AdamW is the first after an update; there
    the drift is zero, and no row is stored: a logarithm can be taken of all rows. Unlike `kernel_movement` the drift
    also knows by how much a kernel grows.

    Beside it stands `kernel_drift_velocity`, (1 - <K_s, K_t>_F / (|K_s|_F |K_t|_F)) / (t - s) with s the step of the
    measurement before: how fast the kernel turns, per update.

    Attributes:
        grid: When.
        examples: Number of training examples N, always the first. Two kernels (N C)^2 are kept in double precision.

    Source: Jacot, Gabriel and Hongler 2018 (arXiv 1806.07572): the drift vanishes with the width.
    """

    grid: StepGrid
    examples: PositiveInt = 32
    kind: Literal["kernel_drift"] = "kernel_drift"

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The drift of every member, one member after the other.

        Raises:
            ValueError: If the kernel of a member is zero.
        """
        sizes = cohort.step_sizes()
        if sizes is None:
            return [()] * cohort.stack.members
        inputs, _ = split_examples(cohort.dataset, "train", self.examples)
        found = [training_kernel(cohort.module(member), inputs, size) for member, size in enumerate(sizes)]
        kernels = torch.stack(found)
        begins = "start" not in memory
        start = memory.setdefault("start", kernels)
        before = memory.get("before", kernels)
        interval = cohort.step - int(memory["step"][0]) if "step" in memory else 0
        memory["before"] = kernels
        memory["step"] = torch.full((len(kernels),), cohort.step)
        if begins:
            return [()] * cohort.stack.members
        return [list(self._rows(*three, interval=interval)) for three in zip(start, before, kernels, strict=True)]

    def _rows(self, start: Tensor, before: Tensor, now: Tensor, *, interval: int) -> Values:
        yield self.kind, 0, kernel_drift(start, now)
        yield f"{self.kind}_velocity", 0, kernel_velocity(before, now, interval=interval)
