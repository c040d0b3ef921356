"""Hessians of independent networks of equal shapes, whose products are made together."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.autograd.graph import get_gradient_edge

from spectra.objectives.criteria import Criterion
from spectra.objectives.differentiable import explained, pulled_back_to, twice_differentiable
from spectra.objectives.network_stack import NetworkStack
from spectra.objectives.probabilities import require_probabilities
from spectra.operators.stack import OperatorStack, joined


def hessian_stack(
    stack: NetworkStack, criterion: Criterion, weights: Tensor, inputs: Tensor, targets: Tensor
) -> OperatorStack:
    """Hessian of the mean loss of each of K networks, H_ij = d^2 L / dw_i dw_j, on the same examples.

    The Hessian of the sum of all their losses is block diagonal, so that one backward pass through the kept graph of
    its gradient makes one product with each of them.

    Of a stack that is not batched every member has a graph of its own.

    Args:
        stack: The networks.
        criterion: Loss for each example.
        weights: Points (K, P), which are copied.
        inputs: Examples (N, ...), the same for every member.
        targets: Their targets (N, ...).

    Returns:
        K operators of size (P, P). Of some members of a batched stack alone it builds the graph anew.

    Raises:
        ValueError: If no example counts, targets of cross-entropy are no probabilities, or the losses do not depend on
            the weights.
        NotImplementedError: If the network has no second derivative; some show only in the first product.

    Source: Pearlmutter 1994, Fast Exact Multiplication by the Hessian; here by double backward.
    """
    examples = int(criterion.counted(targets).sum())
    if examples == 0:
        raise ValueError(
            "no example counts: all targets are ignored, and there is no mean loss; pass targets that are classes"
        )
    require_probabilities(criterion, targets)
    members = stack.members
    if not stack.batched and members > 1:
        alone = ((stack.kept([k]), weights[k : k + 1]) for k in range(members))
        return joined([hessian_stack(one, criterion, point, inputs, targets) for one, point in alone])
    with twice_differentiable():
        # A leaf for each parameter: slopes then add up in place, and not as rows of all weights.
        points = [piece.clone().requires_grad_() for piece in stack.pieces(weights.detach())]
        wide, aims = inputs.expand(members, *inputs.shape), targets.expand(members, *targets.shape)
        loss = stack.losses(criterion, points, wide, aims).sum() / examples
        slopes = pulled_back_to(loss, points, torch.ones_like(loss, requires_grad=True))
    # A loss that is linear in a parameter has a slope that does not depend on the weights.
    bent = {place: get_gradient_edge(slope) for place, slope in enumerate(slopes) if slope.requires_grad}
    del slopes

    def product(rows: Tensor) -> Tensor:
        pieces = stack.pieces(rows)
        with explained():
            images = torch.autograd.grad(
                [*bent.values()],
                points,
                [pieces[place] for place in bent],
                retain_graph=True,
                materialize_grads=True,
            )
        return torch.cat(images, 1)

    def some(places: Sequence[int]) -> OperatorStack:
        chosen = list(places)
        return hessian_stack(stack.kept(chosen), criterion, weights[chosen], inputs, targets)

    return OperatorStack(members, weights.shape[1], product, weights.dtype, weights.device, some=some)
