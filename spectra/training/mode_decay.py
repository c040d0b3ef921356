"""Whether the modes of the residual decay at the rates of the tangent kernel of the start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ConfigDict, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.training.plain_descent import require_plain_descent
from spectra.training.rows import Memory, Values, named_by_kind, numbered_rows
from spectra.training.step_grid import StepGrid
from spectra.training.tangent_kernel import residuals_of
from spectra.training.training_kernel import tangent_kernel

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class ModeDecay:
    """Measured over predicted log decay of the residual along eigenvectors u_i of the tangent kernel of the start.

    Let mu_i be the eigenvalues of J D J' / (N C) at the start, on all N training examples with C outputs each, D the
    learning rate of every weight, and a_i(t) = u_i'(f_t - y). Where the kernel does not move, an update of plain
    descent on the mean squared error multiplies a_i by 1 - 2 mu_i, so that

        ln |a_i(0) / a_i(t)|  =  -t ln |1 - 2 mu_i|,    about 2 mu_i t, as exp(-2 mu_i t) in gradient flow.

    `mode_decay` is the left side over the right side: 1 at rates exactly as predicted. The two sides are
    `mode_decay_measured` and `mode_decay_predicted`. The index counts the modes by a_i(0)^2, from the largest on, since
    a mode without residual has no decay to measure. At the start there is none either, and no row. It exists for
    regression by full batches with plain descent; the work is that of `tangent_kernel` once, and a forward pass after.

    Attributes:
        grid: When.
        count: Number k of modes.

    Source: Jacot, Gabriel and Hongler 2018 (arXiv 1806.07572) for gradient flow, Lee et al. 2019 (arXiv 1902.06720) for
    steps.
    """

    grid: StepGrid
    count: PositiveInt = 4
    kind: Literal["mode_decay"] = "mode_decay"

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The ratio of every member.

        Raises:
            ValueError: If the run is no plain descent of full batches on a squared error, or there are fewer modes
                than asked for.
        """
        require_plain_descent(cohort, self.kind)
        data, members = cohort.dataset, range(cohort.stack.members)
        if "vectors" not in memory:
            sizes = cohort.step_sizes()
            assert sizes is not None  # plain descent has them at every step
            given = ((cohort.module(member), data.inputs, data.targets, sizes[member]) for member in members)
            starts = [self._start(*each) for each in given]
            memory.update({name: torch.stack([start[name] for start in starts]) for name in starts[0]})
            return [()] * len(members)
        rows = []
        for member in members:
            residuals = residuals_of(cohort.module(member), data.inputs, data.targets, self.kind).double().flatten()
            measured = (memory["amplitudes"][member] / (memory["vectors"][member].T @ residuals)).abs().log()
            rows.append(list(self._rows(measured, cohort.step * memory["rates"][member])))
        return rows

    def _start(self, module: nn.Module, inputs: Tensor, targets: Tensor, sizes: Tensor) -> dict[str, Tensor]:
        """Eigenvectors (N C, k), their residuals (k,) and the predicted log decay of an update, (k,)."""
        residuals = residuals_of(module, inputs, targets, self.kind).double().flatten()
        if self.count > len(residuals):
            raise ValueError(f"{self.kind} asks for {self.count} modes, and there are {len(residuals)}; ask for fewer")
        values, vectors = torch.linalg.eigh(tangent_kernel(module, inputs, sizes) / len(residuals))
        amplitudes = vectors.T @ residuals
        chosen = amplitudes.abs().argsort(descending=True)[: self.count]
        return {
            "vectors": vectors[:, chosen],
            "amplitudes": amplitudes[chosen],
            "rates": -(1 - 2 * values[chosen]).abs().log(),
        }

    def _rows(self, measured: Tensor, predicted: Tensor) -> Values:
        columns = {"": measured / predicted, "_measured": measured, "_predicted": predicted}
        for ending, numbers in columns.items():
            yield from numbered_rows(f"{self.kind}{ending}", numbers)
