"""Hessians of independent networks of equal shapes, whose products are made together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from spectra.objectives.criteria import Criterion
from spectra.objectives.differentiable import explained, pulled_back, twice_differentiable
from spectra.objectives.network_stack import NetworkStack
from spectra.operators.stack import OperatorStack


def hessian_stack(
    stack: NetworkStack, criterion: Criterion, weights: Tensor, inputs: Tensor, targets: Tensor
) -> OperatorStack:
    """Hessian of the mean loss of each of K networks, H_ij = d^2 L / dw_i dw_j, on the same examples.

    The Hessian of the sum of all their losses is block diagonal, so that one backward pass through the kept graph of
    its gradient makes one product with each of them.

    Args:
        stack: The networks.
        criterion: Loss for each example.
        weights: Points (K, P), which are copied.
        inputs: Examples (N, ...), the same for every member.
        targets: Their targets (N, ...).

    Returns:
        K operators of size (P, P). Of some members alone it builds the graph anew.

    Raises:
        ValueError: If no example counts, or the losses do not depend on the weights.
        NotImplementedError: If the network has no second derivative; some show only in the first product.

    Source: Pearlmutter 1994, Fast Exact Multiplication by the Hessian; here by double backward.
    """
    examples = int(criterion.counted(targets).sum())
    if examples == 0:
        raise ValueError("no example counts: all targets are ignored; there is no mean loss")
    members = stack.members
    with twice_differentiable():
        point = weights.detach().clone().requires_grad_()
        wide, aims = inputs.expand(members, *inputs.shape), targets.expand(members, *targets.shape)
        loss = stack.losses(criterion, point, wide, aims).sum() / examples
        gradient = pulled_back(loss, point, torch.ones_like(loss, requires_grad=True))

    def product(rows: Tensor) -> Tensor:
        with explained():
            return torch.autograd.grad(gradient, point, rows, retain_graph=True, materialize_grads=True)[0]

    def some(places: Sequence[int]) -> OperatorStack:
        chosen = list(places)
        return hessian_stack(stack.kept(chosen), criterion, weights[chosen], inputs, targets)

    return OperatorStack(members, point.shape[1], product, point.dtype, point.device, some=some)


def preconditioned_stack(operators: OperatorStack, diagonals: Tensor, added: Tensor | None = None) -> OperatorStack:
    """D^(1/2) (A + W) D^(1/2) for each member, with diagonals D (K, P), none negative, and W (K, P) if given."""
    roots = diagonals.sqrt()

    def product(rows: Tensor) -> Tensor:
        scaled = roots * rows
        image = operators.product(scaled)
        return roots * (image if added is None else image + added * scaled)

    some: Callable[[Sequence[int]], OperatorStack] | None = None
    if (inner := operators.some) is not None:
        taken = inner

        def some(places: Sequence[int]) -> OperatorStack:
            chosen = list(places)
            return preconditioned_stack(taken(chosen), diagonals[chosen], None if added is None else added[chosen])

    return replace(operators, product=product, some=some)
