"""Second moment of the gradients of single examples, as products."""

from __future__ import annotations

from torch import Tensor

from spectra.objectives.objective import Objective
from spectra.operators.jacobian_square import Product, jacobian_square, summed_over_batches
from spectra.operators.symmetric import SymmetricOperator


def empirical_fisher(objective: Objective, weights: Tensor) -> SymmetricOperator:
    """F = 1/N sum_n g_n g_n', with g_n the gradient of the loss of example n in the weights.

    It uses the labels of the data and not of the model, and is in general not the Fisher information. An example is
    whatever has a loss of its own: for a language model a token, and tokens that are ignored do not count. The graph of
    the losses is kept for all products; the gradients of single examples are never formed.

    Args:
        objective: Mean loss of a network on fixed examples; the loss of an example may depend on no other target. With
            several ranks, all must call it with equal weights.
        weights: Point (P,) at which the matrix is taken; it is copied.

    Returns:
        Operator of size (P, P), positive semidefinite, of rank N at most.

    Raises:
        TypeError: If the loss is not split into network and criterion.
        ValueError: If the losses do not depend on the weights, or the ranks hold different weights.
        NotImplementedError: If the backward pass of the network cannot be differentiated; some show only in products.

    Source: Kunstner et al. 2019, Limitations of the Empirical Fisher Approximation (arXiv 1905.12558).
    """

    def share(point: Tensor, inputs: object, targets: Tensor) -> Product:
        losses = objective.losses(point, inputs, targets)
        return jacobian_square(losses, point, lambda pushed: pushed / objective.examples)

    return summed_over_batches(objective, weights, share)
