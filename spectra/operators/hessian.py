"""Hessian of a mean loss, as products."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.autograd.graph import GradientEdge, get_gradient_edge

from spectra.objectives.differentiable import explained, pulled_back, twice_differentiable
from spectra.objectives.mean_loss import MeanLoss, require_objective
from spectra.objectives.ranks import on_all_ranks, require_same_weights
from spectra.operators.columnwise import columnwise
from spectra.operators.finite_difference import finite_difference
from spectra.operators.symmetric import SymmetricOperator

Method = Literal["exact", "finite_difference", "auto"]


def hessian(objective: MeanLoss, weights: Tensor, *, method: Method = "exact") -> SymmetricOperator:
    """Hessian of the mean loss at given weights, H_ij = d^2 L / dw_i dw_j.

    The exact way builds the graph of the gradient once and keeps it, so that each product is one more backward pass
    through it. It holds the activations of all examples of all batches of this rank until the operator is dropped.

    A custom autograd function whose backward pass cannot be differentiated is refused. One with a wrong derivative of
    its backward pass is not seen; `asymmetry` finds most of those.

    Args:
        objective: Mean loss L of a network on fixed examples. With several ranks, all must call it with equal weights.
        weights: Point (P,) at which the curvature is taken. It is copied: later changes do not reach the operator.
        method: "exact"; "finite_difference", which holds the graph of one batch at a time and needs first derivatives
            alone, but a smooth network (see `finite_difference`); or "auto": exact if one product can be made, else by
            finite differences. The operator's `method` says which it was.

    Returns:
        Operator of size (P, P). For a mean loss the unit is loss per squared weight.

    Raises:
        TypeError: If the objective is none.
        ValueError: If the loss does not depend on the weights, the ranks hold different weights, the method is unknown,
            or finite differences are too wrong here.
        NotImplementedError: If the exact way was asked for and the network has no second derivative, as with fused
            attention that was called directly, compiled modules, recurrent layers of cuDNN and many custom kernels;
            some show only in the first product.

    Source: Pearlmutter 1994, Fast Exact Multiplication by the Hessian; here by double backward.
    """
    require_objective(objective)
    if method == "exact":
        return _exact(objective, weights)
    if method == "finite_difference":
        return finite_difference(objective, weights)
    if method != "auto":
        raise ValueError(f"the method {method!r} was asked for; possible are 'exact', 'finite_difference' and 'auto'")
    operator = _exact_if_possible(objective, weights)
    return finite_difference(objective, weights) if operator is None else operator


def _exact_if_possible(objective: MeanLoss, weights: Tensor) -> SymmetricOperator | None:
    # On returning it lets go of the graphs, before finite differences need the memory.
    try:
        operator = _exact(objective, weights)
        operator @ torch.ones_like(weights)
    except NotImplementedError:
        return None
    return operator


def _exact(objective: MeanLoss, weights: Tensor) -> SymmetricOperator:
    require_same_weights(weights, objective.group)
    gradients: list[GradientEdge] = []
    with twice_differentiable():
        point = weights.detach().clone().requires_grad_()
        on_all_ranks(lambda: gradients.extend(_gradients(objective, point)), objective.group)

    def share(gradient: GradientEdge, vector: Tensor) -> Tensor:
        # A loss that is linear in the weights has a gradient that does not depend on them: its Hessian is zero.
        return torch.autograd.grad(gradient, point, vector, retain_graph=True, materialize_grads=True)[0]

    def product(vector: Tensor) -> Tensor:
        with explained():
            total = share(gradients[0], vector)
            for gradient in gradients[1:]:
                total += share(gradient, vector)
        return total

    return columnwise(product, point, objective.group)


def _gradients(objective: MeanLoss, point: Tensor) -> list[GradientEdge]:
    """The graph of what each batch adds to the gradient, without its P numbers."""
    return [
        get_gradient_edge(pulled_back(share, point, torch.ones_like(share, requires_grad=True)))
        for share in objective.shares(point)
    ]
