"""Losses per example, with the curvature that they have in the outputs.

Written in elementary operations: the fused mean-squared error has no forward-over-reverse derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Criterion:
    """A loss for each example, and the product with its Hessian in the outputs.

    Attributes:
        name: What tables and messages call it.
        losses: (outputs (N, C), targets (N, ...)) -> losses (N,).
        curvature: (outputs (N, C), targets (N, ...), directions (N, C)) -> for each example the Hessian of its loss in
            its outputs times its direction, (N, C). It must be positive semidefinite for Gauss-Newton matrices.
    """

    name: str
    losses: Callable[[Tensor, Tensor], Tensor]
    curvature: Callable[[Tensor, Tensor, Tensor], Tensor]


def criterion(name: str, losses: Callable[[Tensor, Tensor], Tensor]) -> Criterion:
    """A criterion from losses per example alone; the curvature comes from automatic differentiation.

    Args:
        name: What tables and messages call it.
        losses: (outputs (N, C), targets) -> losses (N,), twice differentiable, each a function of its own row.

    Returns:
        The criterion, with a curvature of shape (N, C).
    """

    def curvature(outputs: Tensor, targets: Tensor, directions: Tensor) -> Tensor:
        with torch.enable_grad():
            outputs = outputs.detach().requires_grad_()
            (gradient,) = torch.autograd.grad(losses(outputs, targets).sum(), outputs, create_graph=True)
            (product,) = torch.autograd.grad(gradient, outputs, directions)
        return product

    return Criterion(name, losses, curvature)


def _squared_losses(outputs: Tensor, targets: Tensor) -> Tensor:
    if outputs.shape != targets.shape:
        # Broadcasting (N, 1) against (N,) would silently give N squared residuals.
        raise ValueError(
            f"outputs of shape {tuple(outputs.shape)} were compared with targets of shape {tuple(targets.shape)}; "
            "squared error needs equal shapes"
        )
    return (outputs - targets).square().flatten(1).mean(1)


def _squared_curvature(outputs: Tensor, targets: Tensor, directions: Tensor) -> Tensor:  # noqa: ARG001
    return directions * (2 * outputs.shape[0] / outputs.numel())


def _cross_entropy_losses(outputs: Tensor, targets: Tensor) -> Tensor:
    if outputs.ndim != 2 or targets.shape != outputs.shape[:1] or targets.is_floating_point():
        raise ValueError(
            f"cross-entropy got outputs of shape {tuple(outputs.shape)} and {targets.dtype} targets of shape "
            f"{tuple(targets.shape)}; it needs (N, C) and N class indices"
        )
    return outputs.logsumexp(1) - outputs.gather(1, targets[:, None])[:, 0]


def _cross_entropy_curvature(outputs: Tensor, targets: Tensor, directions: Tensor) -> Tensor:  # noqa: ARG001
    # diag(p) - p p' in closed form keeps no graph through the softmax, which dominates memory at large vocabularies.
    weighted = outputs.softmax(1) * directions
    return weighted - outputs.softmax(1) * weighted.sum(1, keepdim=True)


squared_error = Criterion("squared_error", _squared_losses, _squared_curvature)
"""Mean over the outputs of (f - y)^2, without one half; targets (N, C)."""

cross_entropy = Criterion("cross_entropy", _cross_entropy_losses, _cross_entropy_curvature)
"""-log softmax(f)[y] in nats; targets (N,) are class indices."""
