"""Products with J' M J, where J is the Jacobian of some outputs in the weights."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def jacobian_square(outputs: Tensor, point: Tensor, middle: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """The function v -> J' M J v, with the graphs of the outputs and of their vector-Jacobian product kept.

    The Jacobian-vector product is the derivative of the vector-Jacobian product in its vector.

    Args:
        outputs: Any tensor with a graph that leads to the point.
        point: Weights (P,).
        middle: The product with M, from the shape of the outputs to the shape of the outputs.

    Returns:
        A function from (P,) to (P,).
    """
    with torch.enable_grad():
        cotangent = torch.zeros_like(outputs, requires_grad=True)
        (pulled,) = torch.autograd.grad(outputs, point, cotangent, create_graph=True)

    def product(vector: Tensor) -> Tensor:
        (pushed,) = torch.autograd.grad(pulled, cotangent, vector, retain_graph=True)
        return torch.autograd.grad(outputs, point, middle(pushed), retain_graph=True)[0]

    return product
