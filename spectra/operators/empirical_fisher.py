"""Second moment of the gradients of single examples, as products."""

from __future__ import annotations

import torch
from torch import Tensor

from spectra.operators.jacobian_square import jacobian_square
from spectra.operators.objective import Objective
from spectra.operators.symmetric import SymmetricOperator, columnwise


def empirical_fisher(objective: Objective, weights: Tensor) -> SymmetricOperator:
    """F = 1/N sum_n g_n g_n', with g_n the gradient of the loss of example n in the weights.

    It uses the labels of the data and not of the model, and is in general not the Fisher information. The graph of the
    losses is kept for all products; the gradients of single examples are never formed.

    Args:
        objective: Mean loss of a network on fixed examples; the loss of an example must depend on no other example.
        weights: Point (P,) at which the matrix is taken; it is copied.

    Returns:
        Operator of size (P, P), positive semidefinite, of rank N at most.

    Source: Kunstner et al. 2019, Limitations of the Empirical Fisher Approximation (arXiv 1905.12558).
    """
    point = weights.detach().clone().requires_grad_()
    with torch.enable_grad():
        losses = torch.cat(
            [
                objective.criterion.losses(objective.network(point, inputs), targets)
                for inputs, targets in objective.batches
            ]
        )
    product = jacobian_square(losses, point, lambda pushed: pushed / objective.examples)
    return columnwise(product, point)
