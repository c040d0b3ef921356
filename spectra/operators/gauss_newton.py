"""Gauss-Newton matrix of a mean loss, as products, and what is left of the Hessian."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from spectra.operators.hessian import hessian
from spectra.operators.jacobian_square import jacobian_square
from spectra.operators.objective import Objective
from spectra.operators.symmetric import SymmetricOperator, columnwise


def gauss_newton(objective: Objective, weights: Tensor) -> SymmetricOperator:
    """Gauss-Newton matrix G = 1/N sum_n J_n' B_n J_n at given weights.

    J_n (C, P) is the Jacobian of the outputs for example n, and B_n (C, C) the Hessian of its loss in the outputs. The
    graphs of the outputs and of their vector-Jacobian products are kept for all products.

    Args:
        objective: Mean loss of a network on fixed examples.
        weights: Point (P,) at which the matrix is taken; it is copied.

    Returns:
        Operator of size (P, P), positive semidefinite for criteria that are convex in the outputs.

    Source: Schraudolph 2002, Fast Curvature Matrix-Vector Products for Second-Order Gradient Descent.
    """
    point = weights.detach().clone().requires_grad_()
    shares = [_share(objective, point, inputs, targets) for inputs, targets in objective.batches]

    def product(vector: Tensor) -> Tensor:
        return torch.stack([share(vector) for share in shares]).sum(0)

    return columnwise(product, point)


def residual(objective: Objective, weights: Tensor) -> SymmetricOperator:
    """R = H - G: the curvature that comes from the curvature of the network and not of the loss.

    Args:
        objective: Mean loss of a network on fixed examples.
        weights: Point (P,) at which the matrix is taken; it is copied.

    Returns:
        Operator of size (P, P), indefinite in general; a product costs one with each of the two.
    """
    return hessian(objective, weights) - gauss_newton(objective, weights)


def _share(objective: Objective, point: Tensor, inputs: Tensor, targets: Tensor) -> Callable[[Tensor], Tensor]:
    with torch.enable_grad():
        outputs = objective.network(point, inputs)
    values = outputs.detach()
    return jacobian_square(
        outputs, point, lambda pushed: objective.criterion.curvature(values, targets, pushed) / objective.examples
    )
