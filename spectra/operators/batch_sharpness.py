"""Expected curvature of a mini-batch loss along its own gradient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import nan

import torch
from torch import Tensor

from spectra.notebook import as_html
from spectra.objectives.differentiable import explained, pulled_back, twice_differentiable
from spectra.objectives.mean_loss import MeanLoss, require_objective
from spectra.objectives.ranks import on_all_ranks
from spectra.operators.directional_sharpness import require_length


@dataclass(frozen=True)
class BatchSharpness:
    """Mean over mini-batches of the curvature along the gradient, with what it cost.

    Attributes:
        value: The mean.
        standard_error: Of the mean over batches; not a number for a single batch. With ten batches two of it covered
            the truth in 82 percent of the cases, with forty in 92.
        samples: One for each batch of all ranks, (B,), in double precision on the CPU.
        products: Hessian products that were spent, one for each batch.
    """

    value: float
    standard_error: float
    samples: Tensor
    products: int

    _repr_html_ = as_html


def batch_sharpness(objective: MeanLoss, weights: Tensor) -> BatchSharpness:
    """E_B[g_B' H_B g_B / g_B' g_B]: what a step of mini-batch descent sees, on average over the batches.

    Every batch of the objective counts as one draw, with its own gradient g_B and Hessian H_B, and all draws weigh
    alike: cut the batches as the training does, and leave out a smaller last one, whose sharpness is that of another
    batch size. The standard error takes the draws as independent. The ratio stands inside the expectation. With
    plain descent at rate r this number, and not the largest eigenvalue, was found to settle near 2 / r.

    The graph of one batch is held at a time.

    Args:
        objective: Mean loss, an `Objective` or what `objective_of` returns.
        weights: Point (P,).

    Returns:
        The mean, in loss per squared weight, with its standard error and the B samples. A single batch has no standard
        error: it is not a number.

    Raises:
        TypeError: If the objective is none.
        ValueError: If a batch has no gradient, a zero one or one that is not finite.
        NotImplementedError: If the network has no second derivative; see `hessian`.

    Source: Andreyev and Beneventano 2024, Edge of Stochastic Stability (arXiv 2412.20553). Where the expectation stands
    is taken from the authors' released code, in which E[g'Hg] / E[g'g] is a variant under another name, and from
    Beneventano 2026, Edge of (Stochastic) Stability made simple, part 2.
    """
    require_objective(objective)
    gathered = on_all_ranks(lambda: list(_samples(objective, weights)), objective.group)
    samples = torch.tensor([sample for rank in gathered for sample in rank], dtype=torch.float64, device="cpu")
    error = float(samples.std()) / len(samples) ** 0.5 if len(samples) > 1 else nan
    return BatchSharpness(float(samples.mean()), error, samples, len(samples))


def _samples(objective: MeanLoss, weights: Tensor) -> Iterator[float]:
    with twice_differentiable():
        point = weights.detach().clone().requires_grad_()
        for share, count in zip(objective.shares(point), objective.counts, strict=True):
            gradient = pulled_back(share, point, torch.ones_like(share, requires_grad=True))
            direction = gradient.detach() / require_length(gradient.detach())
            with explained():
                (product,) = torch.autograd.grad(gradient, point, direction, materialize_grads=True)
            # The share of a batch is its own mean loss times count / examples.
            yield float(product.double() @ direction.double()) * objective.examples / count
