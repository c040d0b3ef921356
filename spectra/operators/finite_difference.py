"""Hessian products from gradients alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from spectra.objectives.mean_loss import MeanLoss, gradient
from spectra.objectives.ranks import require_same_weights, summed
from spectra.operators.chance import own_generator, random_direction
from spectra.operators.columnwise import columnwise
from spectra.operators.symmetric import SymmetricOperator

STEP = 0.03
"""Length of a step over eps^(1/3) and the length of the weights.

Chosen among 0.01 to 3 on tanh and GELU networks (multilayer with 93 and 10058 weights, convolutional with 255 and 3002,
transformers with 736, 18688 and 19712) in both precisions, at random weights and after 60 steps of Adam, along a random
direction, the gradient, its product with the Hessian and the leading eigenvector. Longer steps are too long for
transformers along sharp directions (at 0.1 errors were up to ten times larger), shorter ones lose random directions to
rounding."""

WIDE_STEPS = (5e-3, 2.5e-3, 1.25e-3)
"""Steps over the length of the weights at which kinks are looked for, in every precision: in double precision the steps
of the products are so short that they pass no kink, until one does."""

NEGLIGIBLE = 0.03
"""Wide steps that disagree by less see no kink."""

HALVED = (1 / 32, 1 / 2)
"""Halving the step of a smooth network divides the disagreement by 4, or by up to 16 where fifth derivatives matter;
with kinks it stays or vanishes. Of 600 smooth networks (multilayer, convolutional and transformer of the tests, in both
precisions, at random weights and after 30 and 100 steps of Adam, 20 seeds each) none was taken for kinked. Of as many
with ReLU or max-pooling on 48 examples, multilayer and convolutional ones were missed once in 480; transformers with
eight hidden units, whose few kinks lie far apart, once in 8. Steps twice as long took up to 4 of 20 smooth networks of
one kind for kinked."""

DIRECTIONS = 3
"""Random directions in which kinks are looked for; with two, nearly twice as many networks were missed."""

LIMIT = 0.1
"""Largest error that is accepted. Smooth networks stayed below 0.05, but for those that were trained in single
precision to a loss near zero: rounding is then all that is left of the gradient, and they are refused too."""


def finite_difference(objective: MeanLoss, weights: Tensor) -> SymmetricOperator:
    """Hessian of the mean loss by central differences, H v = (g(w + h v) - g(w - h v)) / 2h with g the gradient.

    It needs no second derivative, and holds the graph of one batch at a time. A product costs two gradients. The error
    falls with eps^(2/3): relative errors of products at random weights were 3e-5 (leading eigenvector) to 1.5e-3
    (random directions) in single precision and 4e-11 to 1.6e-9 in double precision; after training, up to 2e-2 and
    3e-6.

    `error` of the operator is what two steps, h and 2h, disagree by: the largest relative disagreement along a random
    direction, the gradient, and its product with the Hessian. It is three times the error where the step is too long,
    and about the error where rounding rules. To make the operator costs 31 gradients, most of them for a search for
    kinks in random directions, since where gradients jump products are wrong at any step.

    Args:
        objective: Mean loss L of a network on fixed examples. With several ranks, all must call it with equal weights.
        weights: Point (P,) at which the curvature is taken; it is copied.

    Returns:
        Operator of size (P, P), of method "finite_difference".

    Raises:
        ValueError: If the steps disagree too much, which networks with ReLU or max-pooling do, unless they have so few
            kinks that none is met; if the loss does not depend on the weights; or the ranks hold different weights.
        FloatingPointError: If a gradient is not finite.
    """
    require_same_weights(weights, objective.group)
    point = weights.detach().clone()
    scale = float(point.double().norm()) or 1.0  # zero weights have no scale of their own

    def along(direction: Tensor, step: float) -> Tensor:
        length = float(direction.double().norm())
        if length == 0:
            return torch.zeros_like(direction)
        moved = direction * (step * scale / length)
        change = gradient(objective, point + moved) - gradient(objective, point - moved)
        return change * (length / (2 * step * scale))

    step = STEP * float(torch.finfo(point.dtype).eps) ** (1 / 3)
    _require_smooth(along, point)
    error = _error(along, gradient(objective, point), step)

    def product(vector: Tensor) -> Tensor:
        # The two points hardly differ, so that ranks which move along different directions are seen here or nowhere.
        summed(vector.new_zeros(0), objective.group, factor=vector)
        return along(vector, step)

    return replace(columnwise(product, point), method="finite_difference", error=error)


def _require_smooth(along: Callable[[Tensor, float], Tensor], point: Tensor) -> None:
    generator = own_generator()
    for _ in range(DIRECTIONS):
        direction = random_direction(len(point), generator, point.dtype, point.device)
        wide, middle, narrow = (along(direction, step) for step in WIDE_STEPS)
        before, after = _disagreement(middle, wide), _disagreement(narrow, middle)
        if before > NEGLIGIBLE and not HALVED[0] * before < after < HALVED[1] * before:
            raise ValueError(
                _refusal(f"by {before:.2g}, and after halving by {after:.2g}, where a quarter of it would be smooth")
            )


def _error(along: Callable[[Tensor, float], Tensor], slope: Tensor, step: float) -> float:
    random = random_direction(len(slope), own_generator(), slope.dtype, slope.device)
    error = max(_disagreement(along(v, step), along(v, 2 * step)) for v in (random, slope, along(slope, step)))
    if error > LIMIT:
        raise ValueError(_refusal(f"by {error:.2g}, where {LIMIT:g} is accepted"))
    return error


def _disagreement(near: Tensor, far: Tensor) -> float:
    """Length of the difference over that of the product with the shorter step."""
    lengths = [float(tensor.double().norm()) for tensor in (near - far, near, far)]
    if not all(length < float("inf") for length in lengths):
        raise FloatingPointError("a gradient is not finite; look for NaN or Inf in the weights, the data or the loss")
    difference, own, other = lengths
    return difference / (own or other) if difference > 0 else 0.0


def _refusal(measured: str) -> str:
    return (
        f"relative to their length, Hessian products from steps of two lengths disagree {measured}. Gradients jump at "
        "the kinks of ReLU, max-pooling and the like, and then finite differences are wrong at any step: use "
        'method="exact", or gauss_newton, or a smooth activation. If the network is smooth, measure it in double '
        "precision"
    )
