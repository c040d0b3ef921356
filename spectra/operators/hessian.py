"""Hessian of a mean loss, as products."""

from __future__ import annotations

import torch
from torch import Tensor

from spectra.operators.objective import Objective
from spectra.operators.symmetric import SymmetricOperator, columnwise


def hessian(objective: Objective, weights: Tensor) -> SymmetricOperator:
    """Hessian of the mean loss at given weights, H_ij = d^2 L / dw_i dw_j.

    The graph of the gradient is built once and kept, so that each product is one more backward pass through it. It
    holds the activations of all examples of all batches until the operator is dropped.

    Args:
        objective: Mean loss L of a network on fixed examples.
        weights: Point (P,) at which the curvature is taken. It is copied: later changes do not reach the operator.

    Returns:
        Operator of size (P, P). For a mean loss the unit is loss per squared weight.

    Raises:
        ValueError: If the loss does not depend on the weights.

    Source: Pearlmutter 1994, Fast Exact Multiplication by the Hessian; here by double backward.
    """
    point = weights.detach().clone().requires_grad_()
    gradients = []
    with torch.enable_grad():
        for inputs, targets in objective.batches:
            share = objective.share(point, inputs, targets)
            if not share.requires_grad:
                raise ValueError("the loss does not depend on the weights; check that the network uses its parameters")
            gradients.append(torch.autograd.grad(share, point, create_graph=True)[0])

    def product(vector: Tensor) -> Tensor:
        total = torch.zeros_like(point)
        for gradient in gradients:
            # A loss that is linear in the weights has a gradient without a graph: its Hessian is zero.
            if gradient.requires_grad:
                total += torch.autograd.grad(gradient, point, vector, retain_graph=True, materialize_grads=True)[0]
        return total

    return columnwise(product, point)
