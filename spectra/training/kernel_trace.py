"""The trace of the tangent kernel of the training dynamics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spectra.eigen import trace
from spectra.kernels.operator import tangent_kernel_operator
from spectra.training.rows import Memory, Values, estimate_rows, named_by_kind
from spectra.training.split_examples import split_examples
from spectra.training.step_grid import StepGrid
from spectra.training.training_kernel import flat_outputs

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class KernelTrace:
    """Trace of the tangent kernel J D J' / (N C), the sum of the eigenvalues of `tangent_kernel`, from random probes.

    J (N C, P) is the Jacobian of the C outputs of each of N training examples, before a temperature divides them; D the
    step size of every weight. Of an infinitely wide network the trace is the mean over examples of the kernel of an
    example with itself. With it come `kernel_trace_standard_error`, zero where the trace is exact because there are
    probes enough for all N C directions, `kernel_trace_matvecs` and `kernel_trace_converged`. Under Adam and AdamW it
    exists from the first update on.

    Attributes:
        grid: When.
        examples: Number of training examples N, always the first.
        tolerance: Standard error that counts as converged, relative to the trace.
        max_matvecs: Products with the kernel after which it is stored unconverged.
    """

    grid: StepGrid
    examples: PositiveInt = 512
    tolerance: PositiveFloat = 0.02
    max_matvecs: Annotated[int, Field(ge=8)] = 200
    kind: Literal["kernel_trace"] = "kernel_trace"

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The trace of every member, one member after the other."""
        sizes = cohort.step_sizes()
        if sizes is None:
            return [()] * cohort.stack.members
        inputs, _ = split_examples(cohort.dataset, "train", self.examples)
        members = enumerate(zip(sizes, generators, strict=True))
        return [list(self._rows(cohort.module(member), inputs, *given)) for member, given in members]

    def _rows(self, module: nn.Module, inputs: Tensor, sizes: Tensor, generator: torch.Generator) -> Values:
        kernel = tangent_kernel_operator(flat_outputs(module), inputs, weights=sizes)
        operator = kernel / kernel.dim
        found = trace(operator, tolerance=self.tolerance, max_matvecs=self.max_matvecs, generator=generator)
        return estimate_rows(self.kind, found)
