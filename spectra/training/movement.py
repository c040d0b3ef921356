"""How far a run has gone from where it started: in its weights, and in its tangent kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import torch
from pydantic import ConfigDict, Field, PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor

from spectra.training.rows import Memory, Values, named_by_kind
from spectra.training.split_examples import split_examples
from spectra.training.step_grid import StepGrid
from spectra.training.training_kernel import summed_tangent_kernel

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort

STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=STRICT)
class WeightMovement:
    """|w - w_0| / |w_0| over all weights, with w_0 those at the first measurement, before the first update.

    A reparameterization that leaves training unchanged does change this number: compare it within one regime.

    Attributes:
        grid: When.
    """

    grid: StepGrid
    kind: Literal["weight_movement"] = "weight_movement"

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The movement of every member.

        Raises:
            ValueError: If the weights of a member are all zero at the start.
        """
        start = memory.setdefault("start", cohort.weights.clone()).double()
        lengths = start.norm(dim=1)
        if not bool((lengths > 0).all()):
            raise ValueError(
                "weight_movement is relative to the weights at the start, which are all zero; leave it out"
            )
        moved = (cohort.weights.double() - start).norm(dim=1) / lengths
        return [[(self.kind, 0, value)] for value in moved.tolist()]


@dataclass(frozen=True, config=STRICT)
class KernelMovement:
    """1 - CKA(K_0, K): how far the tangent kernel on a few examples has turned, whatever became of its size.

    K = sum_c J_c D J_c' (N, N), with J_c the Jacobian of output c of each example and D the step size of every weight:
    it is summed over the outputs, and does not change under reparameterizations that leave training unchanged. K_0 is
    the one at the first measurement, which under Adam and AdamW is the first after an update. CKA(K, L) is the cosine
    between the centred kernels H K H and H L H with H = 1 - 11'/N. The movement lies between 0 and 1; that of a lazy
    network is near 0. Of a readout that starts at zero K_0 has the part of the readout alone, since no other weight
    moves the outputs yet.

    Attributes:
        grid: When.
        examples: Number of training examples N, always the first. The work is that of N times `outputs` gradients, and
            the memory N gradients.
        outputs: How many outputs of an example are summed over at most, evenly spread over all of them.

    Source: Cortes, Mohri and Rostamizadeh 2012, Algorithms for Learning Kernels Based on Centered Alignment.
    """

    grid: StepGrid
    examples: Annotated[int, Field(ge=2)] = 32
    outputs: PositiveInt = 10
    kind: Literal["kernel_movement"] = "kernel_movement"

    quantity = named_by_kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """The movement of every member, one member after the other."""
        sizes = cohort.step_sizes()
        if sizes is None:
            return [()] * cohort.stack.members
        inputs, _ = split_examples(cohort.dataset, "train", self.examples)
        kernels = torch.stack(
            [
                _centred(summed_tangent_kernel(cohort.module(member), inputs, size, self.outputs))
                for member, size in enumerate(sizes)
            ]
        )
        start = memory.setdefault("start", kernels)
        # Half the squared distance of the directions is 1 - cosine, without the loss of digits near 0.
        moved = (kernels - start).flatten(1).square().sum(1) / 2
        return [[(self.kind, 0, value)] for value in moved.tolist()]


def _centred(kernel: Tensor) -> Tensor:
    """H K H over its Frobenius norm."""
    centred = kernel - kernel.mean(0) - kernel.mean(1, keepdim=True) + kernel.mean()
    length = centred.norm()
    if not length > 0:
        raise ValueError(
            "kernel_movement: the tangent kernel is the same between any two of the examples, so that it has no "
            "direction that could turn; measure on more or other examples"
        )
    unit: Tensor = centred / length
    return unit
