"""Products with J' M J, where J is the Jacobian of some outputs in the weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import get_gradient_edge

from spectra.objectives.differentiable import explained, pulled_back, twice_differentiable
from spectra.objectives.objective import Objective
from spectra.objectives.ranks import on_all_ranks, require_same_weights
from spectra.operators.columnwise import columnwise
from spectra.operators.convolution import CheapJacobians
from spectra.operators.symmetric import SymmetricOperator

Product = Callable[[Tensor], Tensor]  # (P,) -> (P,)


def jacobian_square(outputs: Tensor, point: Tensor, middle: Callable[[Tensor], Tensor]) -> Product:
    """The function v -> J' M J v, with the graphs of the outputs and of their vector-Jacobian product kept.

    The Jacobian-vector product is the derivative of the vector-Jacobian product in its vector.

    Args:
        outputs: Any tensor with a graph that leads to the point.
        point: Weights (P,).
        middle: The product with M, from the shape of the outputs to the shape of the outputs.

    Returns:
        A function from (P,) to (P,).

    Raises:
        ValueError: If the outputs do not depend on the point.
        NotImplementedError: If the backward pass of the network cannot be differentiated; some show only in products.
    """
    cotangent = torch.zeros_like(outputs, requires_grad=True)
    # The graph alone: the P numbers of every batch would be kept with the tensor.
    pulled = get_gradient_edge(pulled_back(outputs, point, cotangent))

    def product(vector: Tensor) -> Tensor:
        with explained():
            (pushed,) = torch.autograd.grad(pulled, cotangent, vector, retain_graph=True)
        return torch.autograd.grad(outputs, point, middle(pushed), retain_graph=True)[0]

    return product


def summed_over_batches(
    objective: Objective, weights: Tensor, share: Callable[[Tensor, Any, Tensor], Product]
) -> SymmetricOperator:
    """The sum of what the batches of all ranks add to an operator.

    Args:
        objective: Mean loss of a network on fixed examples, split into network and criterion.
        weights: Point (P,) at which the operator is taken; it is copied.
        share: (point (P,), inputs, targets) -> the product with what one batch adds; called where graphs are kept.

    Returns:
        Operator of size (P, P).

    Raises:
        TypeError: If the objective is not split.
        ValueError: If the ranks hold different weights.
    """
    if not isinstance(objective, Objective):
        raise TypeError(
            f"a {type(objective).__name__} was given, whose loss is not split into the outputs of a network and a "
            "criterion, and this matrix stands between the two; make an Objective(network, criterion, batches), or use "
            "hessian, which needs no split"
        )
    require_same_weights(weights, objective.group)
    products: list[Product] = []
    with twice_differentiable(), CheapJacobians():
        point = weights.detach().clone().requires_grad_()
        on_all_ranks(
            lambda: products.extend(share(point, inputs, targets) for inputs, targets in objective.batches),
            objective.group,
        )

    def product(vector: Tensor) -> Tensor:
        total = products[0](vector)
        for added in products[1:]:
            total += added(vector)
        return total

    return columnwise(product, point, objective.group)
