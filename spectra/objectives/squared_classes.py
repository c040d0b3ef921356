"""Squared error of outputs for classes."""

from __future__ import annotations

import torch
from torch import Tensor

from spectra.objectives.criteria import Criterion, counted_classes, squared_error


def one_hot(outputs: Tensor, targets: Tensor) -> Tensor:
    """Class indices (N, ...) as rows of zeros with a one, of the shape and type of the outputs (N, ..., C)."""
    return (targets[..., None] == torch.arange(outputs.shape[-1], device=targets.device)).to(outputs)


def squared_error_of(targets: Tensor) -> Criterion:
    """Squared error for targets of this kind: numbers of the shape of the outputs, or class indices."""
    return squared_error if targets.is_floating_point() else squared_class_error


def _losses(outputs: Tensor, targets: Tensor) -> Tensor:
    if targets.shape != outputs.shape[:-1] or targets.is_floating_point():
        raise ValueError(
            f"squared error of classes got outputs of shape {tuple(outputs.shape)} and {targets.dtype} targets of "
            f"shape {tuple(targets.shape)}; it needs outputs (N, ..., C) and class indices (N, ...), which are integers"
        )
    return (outputs - one_hot(outputs, targets)).square().mean(-1) * counted_classes(targets)


def _curvature(outputs: Tensor, targets: Tensor, directions: Tensor) -> Tensor:
    return directions * (2 / outputs.shape[-1]) * counted_classes(targets)[..., None]


squared_class_error = Criterion("squared_class_error", _losses, _curvature, counted_classes, _curvature)
"""Mean over C outputs of (f - e)^2, with e one for the class and zero elsewhere; class indices (N, ...) as targets.

An index of -100 does not count. As a model it is a Gaussian of variance C / 2 in each output.
"""
