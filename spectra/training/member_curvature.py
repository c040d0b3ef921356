"""The curvature of the members of a cohort on the first examples, all at once or one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from spectra.objectives import Criterion, Objective, flatten
from spectra.operators import OperatorStack, SymmetricOperator, hessian_stack, preconditioned_stack
from spectra.training.split_examples import split_examples

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


def hessians(cohort: Cohort, examples: int) -> OperatorStack:
    """Hessian of every member's mean loss on the first training examples: K operators of size (P, P)."""
    batch = split_examples(cohort.dataset, "train", examples)
    return hessian_stack(cohort.curved(len(batch[0])), cohort.dataset.criterion, cohort.weights, *batch)


def effective_hessians(cohort: Cohort, examples: int) -> OperatorStack | None:
    """The same as the optimizer sees them, D^(1/2) (H + W) D^(1/2), with its step sizes D and coupled weight decay W.

    None before the first update of an optimizer that has no step sizes before it.
    """
    sizes = cohort.step_sizes()
    if sizes is None:
        return None
    return preconditioned_stack(hessians(cohort, examples), sizes, cohort.coupled_decay())


def effective_hessian_of_each(cohort: Cohort, examples: int) -> Iterator[SymmetricOperator]:
    """The same, one member after the other, with the graph of one at a time; nothing where there are no step sizes."""
    for member in range(cohort.stack.members):
        stack = effective_hessians(cohort.kept([member]), examples)
        if stack is not None:
            yield _alone(stack)


def member_objective(cohort: Cohort, member: int, batches: Sequence[tuple[Tensor, Tensor]]) -> tuple[Tensor, Objective]:
    """Weights (P,) of one member, and its mean loss on pairs of inputs and targets, with the temperature of its run."""
    weights, network = flatten(cohort.module(member))
    temperatures = cohort.stack.temperatures
    temperature = 1.0 if temperatures is None else float(temperatures[member])
    criterion = cooled(cohort.dataset.criterion, temperature)
    return weights, Objective(network, criterion, batches, group=None)


def cooled(criterion: Criterion, temperature: float) -> Criterion:
    """The criterion of outputs over a temperature, l(f / T), with its curvature B(f / T) / T^2 in the outputs f."""
    if temperature == 1:
        return criterion
    return Criterion(
        criterion.name,
        lambda outputs, targets: criterion.losses(outputs / temperature, targets),
        lambda outputs, targets, directions: (
            criterion.curvature(outputs / temperature, targets, directions) / temperature**2
        ),
        criterion.counted,
    )


def _alone(stack: OperatorStack) -> SymmetricOperator:
    """The operator of a stack of one member."""

    def matmat(block: Tensor) -> Tensor:
        return torch.stack([stack.product(column[None])[0] for column in block.T], 1)

    return SymmetricOperator(stack.dim, matmat, stack.dtype, stack.device)
