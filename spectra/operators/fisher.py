"""Fisher information of a network that is read as a probabilistic model, as products."""

from __future__ import annotations

from torch import Tensor

from spectra.objectives.objective import Objective
from spectra.operators.jacobian_square import Product, jacobian_square, summed_over_batches
from spectra.operators.symmetric import SymmetricOperator


def fisher(objective: Objective, weights: Tensor) -> SymmetricOperator:
    """Fisher information F = 1/N sum_n J_n' E[s s'] J_n, with labels drawn from the model itself.

    s = dl(f, y)/df is the score of example n for a label y of density p(y | f) proportional to exp(-l(f, y)), where f
    are its outputs, and J_n (C, P) is their Jacobian in the weights. The expectation is exact: nothing is drawn. For
    cross-entropy and squared error it equals the Gauss-Newton matrix, as for every exponential family with its natural
    parameters as outputs; in general it does not. With the labels of the data it would be the empirical Fisher.

    Args:
        objective: Mean loss of a network on fixed examples. With several ranks, all must call it with equal weights.
        weights: Point (P,) at which the matrix is taken; it is copied.

    Returns:
        Operator of size (P, P), positive semidefinite.

    Raises:
        TypeError: If the loss is not split into network and criterion.
        ValueError: If the criterion does not know the covariance of its scores, the outputs do not depend on the
            weights, or the ranks hold different weights.
        NotImplementedError: If the backward pass of the network cannot be differentiated; some show only in products.

    Source: Martens 2020, New Insights and Perspectives on the Natural Gradient Method (JMLR 21, 146), sections 5 and 9;
    Kunstner et al. 2019 (arXiv 1905.12558) on the empirical one.
    """

    def share(point: Tensor, inputs: object, targets: Tensor) -> Product:
        covariance = objective.criterion.score_covariance
        if covariance is None:
            raise ValueError(
                f"the criterion {objective.criterion.name!r} does not say which labels it expects, and the Fisher "
                "information is a mean over them; pass criterion(..., score_covariance=...), a function of (outputs, "
                "targets, directions) that multiplies each direction by the covariance of the gradient of the loss in "
                "the outputs, or use gauss_newton or empirical_fisher"
            )
        outputs = objective.outputs(point, inputs, targets)
        values = outputs.detach()
        return jacobian_square(outputs, point, lambda pushed: covariance(values, targets, pushed) / objective.examples)

    return summed_over_batches(objective, weights, share)
