"""Dense tangent kernels from one gradient after the other, and modules that are hard to differentiate."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def dense_jacobian(module: nn.Module, inputs: Tensor) -> Tensor:
    """(N O, P), one ordinary backward pass for every output of every example."""
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    return torch.stack([_row(output, parameters) for one in inputs.split(1) for output in module(one).reshape(-1)])


def dense_kernel(module: nn.Module, inputs: Tensor) -> Tensor:
    """(N O, N O)."""
    jacobian = dense_jacobian(module, inputs)
    return jacobian @ jacobian.T


class Averaged(nn.Module):
    """Self-attention or a recurrent layer on (N, T, 4), averaged over positions and read out, (N, 2)."""

    def __init__(self, layer: nn.Module, width: int) -> None:
        super().__init__()
        self.layer, self.readout = layer, nn.Linear(width, 2)

    def forward(self, inputs: Tensor) -> Tensor:
        given = (inputs,) * 3 if isinstance(self.layer, nn.MultiheadAttention) else (inputs,)
        return self.readout(self.layer(*given)[0].mean(1))


def attention() -> nn.Module:
    """nn.MultiheadAttention, whose fused kernel has no forward and no second derivative."""
    return Averaged(nn.MultiheadAttention(4, 2, batch_first=True), 4).eval()


def recurrent() -> nn.Module:
    """An LSTM."""
    return Averaged(nn.LSTM(4, 3, batch_first=True), 3)


def bag() -> nn.Module:
    """Tokens (N, T) of six kinds to (N, 2), by an operation without a forward and without a second derivative."""
    return nn.Sequential(nn.EmbeddingBag(6, 3), nn.Tanh(), nn.Linear(3, 2))


def normalised() -> nn.Module:
    """(N, 4) -> (N,), with weight normalization and an in-place activation."""
    first = nn.utils.parametrizations.weight_norm(nn.Linear(4, 5))
    return nn.Sequential(first, nn.ReLU(inplace=True), nn.Linear(5, 1), nn.Flatten(0))


def _row(output: Tensor, parameters: list[nn.Parameter]) -> Tensor:
    slopes = torch.autograd.grad(output, parameters, retain_graph=True, allow_unused=True)
    pairs = zip(slopes, parameters, strict=True)
    return torch.cat([(torch.zeros_like(held) if slope is None else slope).flatten() for slope, held in pairs])
