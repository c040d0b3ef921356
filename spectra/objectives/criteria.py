"""Losses per example, with the curvature that they have in the outputs.

An example is whatever has a loss of its own: an image, or a token of a language model. Written in elementary
operations: the fused mean-squared error has no forward-over-reverse derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

IGNORED = -100
"""The class index of examples that do not count: the one that torch and language-model libraries use."""


def every_example(targets: Tensor) -> Tensor:
    """That each of N targets counts: (N,), all true."""
    return torch.ones(len(targets), dtype=torch.bool, device=targets.device)


def counted_classes(targets: Tensor) -> Tensor:
    """Which of the class indices (N, ...), of any integer type, count: those that are not -100."""
    # Among bytes -100 is 156, which is a class.
    return targets.long() != IGNORED


@dataclass(frozen=True)
class Criterion:
    """A loss for each example, and products with matrices in the space of the outputs.

    Outputs and directions are of one shape, that of `counted(targets)` and any further axes behind it.

    Attributes:
        name: What tables and messages call it.
        losses: (outputs, targets) -> one loss per example, of the shape of `counted(targets)`; zero where not counted.
        curvature: (outputs, targets, directions) -> for each example the Hessian of its loss in its outputs times its
            direction. It must be positive semidefinite for Gauss-Newton matrices.
        counted: targets -> which examples count, boolean; by default each of the `len(targets)`.
        score_covariance: (outputs, targets, directions) -> for each example the covariance of the loss's gradient in
            its outputs, with labels y drawn from the model itself, p(y | f) proportional to exp(-loss), times its
            direction. None if it is not known; the Fisher matrix needs it.
    """

    name: str
    losses: Callable[[Tensor, Tensor], Tensor]
    curvature: Callable[[Tensor, Tensor, Tensor], Tensor]
    counted: Callable[[Tensor], Tensor] = every_example
    score_covariance: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None


def criterion(
    name: str,
    losses: Callable[[Tensor, Tensor], Tensor],
    *,
    counted: Callable[[Tensor], Tensor] | None = None,
    score_covariance: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None,
) -> Criterion:
    """A criterion from losses per example alone; the curvature comes from automatic differentiation.

    Args:
        name: What tables and messages call it.
        losses: (outputs, targets) -> one loss per example, twice differentiable, each a function of its own outputs.
        counted: targets -> which examples count, of the shape of the losses; the losses of the others are ignored. By
            default all count.
        score_covariance: See `Criterion`.

    Returns:
        The criterion, with a curvature of the shape of the outputs.

    >>> huber = criterion("huber", lambda f, y: ((f - y).square() + 1).sqrt().sum(1))
    >>> huber.curvature(torch.zeros(5, 2), torch.ones(5, 2), torch.ones(5, 2)).shape
    torch.Size([5, 2])
    """

    def masked(outputs: Tensor, targets: Tensor) -> Tensor:
        found = losses(outputs, targets)
        # Shapes that differ are left to whoever averages: broadcasting would hide them.
        counts = None if counted is None else counted(targets)
        return found if counts is None or counts.shape != found.shape else found.where(counts, 0)

    def curvature(outputs: Tensor, targets: Tensor, directions: Tensor) -> Tensor:
        with torch.enable_grad():
            outputs = outputs.detach().requires_grad_()
            (slope,) = torch.autograd.grad(masked(outputs, targets).sum(), outputs, create_graph=True)
            if not slope.requires_grad:  # a loss that is linear in the outputs
                return torch.zeros_like(directions)
            return torch.autograd.grad(slope, outputs, directions, materialize_grads=True)[0]

    return Criterion(name, masked, curvature, counted or every_example, score_covariance)


def _require_equal_shapes(outputs: Tensor, targets: Tensor) -> None:
    if outputs.shape != targets.shape or outputs.ndim == 0:
        # Broadcasting (N, 1) against (N,) would silently give N squared residuals.
        raise ValueError(
            f"outputs of shape {tuple(outputs.shape)} were compared with targets of shape {tuple(targets.shape)}; "
            "squared error needs equal shapes (N, ...)"
        )


def _squared_losses(outputs: Tensor, targets: Tensor) -> Tensor:
    _require_equal_shapes(outputs, targets)
    return (outputs - targets).square().reshape(len(outputs), -1).mean(1)


def _squared_curvature(outputs: Tensor, targets: Tensor, directions: Tensor) -> Tensor:
    _require_equal_shapes(outputs, targets)
    return directions * (2 * outputs.shape[0] / outputs.numel())


def _classified(targets: Tensor) -> Tensor:
    if not targets.is_floating_point():
        return counted_classes(targets)
    if targets.ndim < 2:
        raise ValueError(
            f"cross-entropy got {targets.dtype} targets of shape {tuple(targets.shape)}; it needs class indices, "
            "which are integers (N, ...), or class probabilities (N, ..., C): convert indices with targets.long()"
        )
    return torch.ones(targets.shape[:-1], dtype=torch.bool, device=targets.device)


def _cross_entropy_losses(outputs: Tensor, targets: Tensor) -> Tensor:
    _require_layout(outputs, targets)
    if targets.is_floating_point():
        return -(targets * outputs.log_softmax(-1)).sum(-1)
    _require_classes(targets, outputs.shape[-1])
    ignored = ~counted_classes(targets)
    indices = targets.long().masked_fill(ignored, 0)
    losses = outputs.logsumexp(-1) - outputs.gather(-1, indices[..., None])[..., 0]
    return losses.masked_fill(ignored, 0)


def _require_layout(outputs: Tensor, targets: Tensor) -> None:
    floating = targets.is_floating_point()
    if outputs.ndim < 2 or targets.shape != (outputs.shape if floating else outputs.shape[:-1]):
        second = not floating and outputs.ndim > 2 and targets.shape == outputs.shape[:1] + outputs.shape[2:]
        raise ValueError(
            f"cross-entropy got outputs of shape {tuple(outputs.shape)} and {targets.dtype} targets of shape "
            f"{tuple(targets.shape)}; it needs outputs (N, ..., C) with the classes last, and as targets class indices "
            "(N, ...), which are integers, or class probabilities (N, ..., C)"
            + ("; if the outputs are (N, C, ...), pass outputs.movedim(1, -1)" if second else "")
        )
    if outputs.shape[-1] < 2:
        raise ValueError(
            f"cross-entropy got outputs of shape {tuple(outputs.shape)}, fewer than two classes, whose loss is zero at "
            "all weights; for two classes give the network two outputs, or make a criterion of binary cross-entropy: "
            "criterion(name, function); for regression pass squared_error"
        )


def _require_classes(targets: Tensor, classes: int) -> None:
    lowest, highest = (int(end) for end in targets.aminmax())
    if lowest >= 0 and highest < classes:
        return
    targets = targets.long()
    outside = counted_classes(targets) & ((targets < 0) | (targets >= classes))
    if bool(outside.any()):
        raise ValueError(
            f"cross-entropy got the class index {int(targets[outside][0])}; with outputs for {classes} classes it must "
            f"be 0 to {classes - 1}, or {IGNORED} for examples that do not count"
        )


def _cross_entropy_curvature(outputs: Tensor, targets: Tensor, directions: Tensor) -> Tensor:
    # In closed form it keeps no graph through the softmax, which dominates memory at large vocabularies.
    product = _softmax_covariance(outputs, targets, directions)
    return product * targets.sum(-1, keepdim=True) if targets.is_floating_point() else product


def _softmax_covariance(outputs: Tensor, targets: Tensor, directions: Tensor) -> Tensor:
    _require_layout(outputs, targets)
    chances = outputs.softmax(-1)
    weighted = chances * directions
    return (weighted - chances * weighted.sum(-1, keepdim=True)) * _classified(targets)[..., None]


squared_error = Criterion("squared_error", _squared_losses, _squared_curvature, score_covariance=_squared_curvature)
"""Mean over the outputs of (f - y)^2, without one half; targets of the shape of the outputs (N, ...).

As a model it is a Gaussian of variance C / 2 in each of C outputs, so that its score covariance is its curvature.
"""

cross_entropy = Criterion(
    "cross_entropy", _cross_entropy_losses, _cross_entropy_curvature, _classified, _softmax_covariance
)
"""-log softmax(f)[y] in nats, for outputs (N, ..., C) with the classes last.

Targets are class indices (N, ...), of which -100 does not count, or class probabilities (N, ..., C); C is two or
more. The curvature is diag(p) - p p', times the sum of the probabilities; the score covariance is diag(p) - p p'.
"""
