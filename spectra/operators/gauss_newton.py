"""Gauss-Newton matrix of a mean loss, as products, and what is left of the Hessian."""

from __future__ import annotations

from torch import Tensor

from spectra.objectives.objective import Objective
from spectra.operators.hessian import hessian
from spectra.operators.jacobian_square import Product, jacobian_square, summed_over_batches
from spectra.operators.symmetric import SymmetricOperator


def gauss_newton(objective: Objective, weights: Tensor) -> SymmetricOperator:
    """Gauss-Newton matrix G = 1/N sum_n J_n' B_n J_n at given weights.

    J_n (C, P) is the Jacobian of the outputs for example n, and B_n (C, C) the Hessian of its loss in the outputs. The
    graphs of the outputs and of their vector-Jacobian products are kept for all products.

    Args:
        objective: Mean loss of a network on fixed examples. With several ranks, all must call it with equal weights.
        weights: Point (P,) at which the matrix is taken; it is copied.

    Returns:
        Operator of size (P, P), positive semidefinite for criteria that are convex in the outputs.

    Raises:
        TypeError: If the loss is not split into network and criterion.
        ValueError: If the outputs do not depend on the weights, or the ranks hold different weights.
        NotImplementedError: If the backward pass of the network cannot be differentiated; some show only in products.

    Source: Schraudolph 2002, Fast Curvature Matrix-Vector Products for Second-Order Gradient Descent.
    """

    def share(point: Tensor, inputs: object, targets: Tensor) -> Product:
        outputs = objective.outputs(point, inputs, targets)
        values = outputs.detach()
        return jacobian_square(
            outputs, point, lambda pushed: objective.criterion.curvature(values, targets, pushed) / objective.examples
        )

    return summed_over_batches(objective, weights, share)


def residual(objective: Objective, weights: Tensor) -> SymmetricOperator:
    """R = H - G: the curvature that comes from the curvature of the network and not of the loss.

    Args:
        objective: Mean loss of a network on fixed examples.
        weights: Point (P,) at which the matrix is taken; it is copied.

    Returns:
        Operator of size (P, P), indefinite in general; a product costs one with each of the two.

    Raises:
        TypeError: If the loss is not split into network and criterion.
    """
    part = gauss_newton(objective, weights)
    return hessian(objective, weights) - part
