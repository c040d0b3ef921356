"""Perceptrons, convolutions and norms."""

from __future__ import annotations

import torch
from torch import nn


def scaled(module: nn.Module) -> nn.Module:
    """Parameters that are neither one nor zero."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return module


def mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 8), nn.GELU(), nn.Linear(8, 7, bias=False), nn.Tanh(), nn.Linear(7, 3))


def in_place() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(inplace=True), nn.Linear(8, 3), nn.ELU(inplace=True))


def convolutions() -> nn.Module:
    """Grouped, strided, dilated and padded, with biases and without."""
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2),
        nn.ReLU(inplace=True),
        nn.Conv2d(4, 6, (3, 2), dilation=(1, 2), padding=(2, 1), padding_mode="circular", bias=False),
        nn.SiLU(),
        nn.Conv2d(6, 6, 3, padding="same", groups=6),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.LazyLinear(3),
    )


def one_and_three_dimensions() -> nn.Module:
    return nn.Sequential(
        nn.Conv1d(2, 4, 4, padding="same"), nn.Tanh(), nn.Unflatten(2, (1, 2, 5)), nn.Conv3d(4, 3, (1, 2, 3)),
        nn.Flatten(), nn.Linear(9, 2),
    )  # fmt: skip


def transposed() -> nn.Module:
    return nn.Sequential(
        nn.ConvTranspose2d(2, 4, 3, stride=2, padding=1, output_padding=1, groups=2), nn.Tanh(),
        nn.ConvTranspose2d(4, 2, 2, dilation=2, bias=False), nn.Flatten(1, 2), nn.ConvTranspose1d(16, 2, 3),
        nn.Flatten(), nn.Tanh(), nn.Linear(20, 2),
    )  # fmt: skip


def batch_norm() -> nn.Module:
    module = nn.Sequential(
        nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(36, 5), nn.BatchNorm1d(5), nn.Tanh()
    )
    module(torch.randn(20, 2, 5, 5))  # statistics that are not those of the start
    return module.eval()


def norms() -> nn.Module:
    return scaled(
        nn.Sequential(
            nn.Conv2d(2, 4, 3), nn.GroupNorm(2, 4), nn.Tanh(), nn.InstanceNorm2d(4, affine=True), nn.LayerNorm([3, 3]),
            nn.Flatten(2), nn.RMSNorm(9), nn.LayerNorm(9, bias=False), nn.Tanh(), nn.Flatten(), nn.Linear(36, 3),
        )
    )  # fmt: skip


def slopes() -> nn.Module:
    return scaled(nn.Sequential(nn.Conv2d(2, 4, 3), nn.PReLU(4), nn.Flatten(), nn.PReLU(), nn.Linear(36, 3)))


def partly_frozen() -> nn.Module:
    module = mlp()
    module[0].weight.requires_grad_(False)
    module[4].bias.requires_grad_(False)
    return module
