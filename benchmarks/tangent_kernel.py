"""A tangent kernel as a dense matrix: an operator with close eigenvalues at its upper end, known exactly."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def tangent_kernel(module: nn.Module, inputs: Tensor) -> Tensor:
    """J J' for a module whose only parameters are those of linear layers with bias.

    The layer with inputs a and output gradients b adds (a a' + 1) b b' for every pair of examples and outputs.

    Args:
        module: Maps (N, ...) to (N, C).
        inputs: (N, ...).

    Returns:
        Matrix (N C, N C), the output index fastest.
    """
    layers = [layer for layer in module.modules() if isinstance(layer, nn.Linear)]
    seen: list[tuple[Tensor, Tensor]] = []
    hooks = [
        layer.register_forward_hook(lambda _, given, output: seen.append((given[0].detach(), output)))
        for layer in layers
    ]
    outputs = module(inputs)
    for hook in hooks:
        hook.remove()
    pulled = [
        torch.autograd.grad(outputs[:, index].sum(), [output for _, output in seen], retain_graph=True)
        for index in range(outputs.shape[1])
    ]
    kernel = torch.zeros(outputs.numel(), outputs.numel(), dtype=outputs.dtype)
    for (given, _), parts in zip(seen, zip(*pulled, strict=True), strict=True):
        gradients = torch.stack(parts, 1).flatten(0, 1)
        alike = (given @ given.T + 1).repeat_interleave(len(parts), 0).repeat_interleave(len(parts), 1)
        kernel += alike * (gradients @ gradients.T)
    return kernel
