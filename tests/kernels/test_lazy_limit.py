"""Wide networks stay near their linearization: the kernel moves less, and so do the outputs from those of the model."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from spectra.kernels.drift import kernel_drift
from spectra.kernels.operator import tangent_kernel_operator

WIDTHS, SEEDS, STEPS = (64, 256, 1024), 10, 300


class _Wide(nn.Module):
    """Two hidden layers of erf, every weight of unit variance and every layer over the root of its inputs."""

    def __init__(self, width: int) -> None:
        super().__init__()
        sizes = (4, width, width, 1)
        self.layers = nn.ParameterList(torch.randn(out, inward) for inward, out in pairwise(sizes))

    def forward(self, inputs: Tensor) -> Tensor:
        for place, weight in enumerate(self.layers):
            inputs = inputs @ weight.T / weight.shape[1] ** 0.5
            inputs = torch.erf(inputs) if place < 2 else inputs
        return inputs


def _trained(width: int, seed: int) -> tuple[float, float]:
    """Drift of the kernel, and the largest distance of the outputs from those of the linear model, over |y|."""
    torch.manual_seed(seed)
    inputs, targets, module = torch.randn(6, 4), torch.randn(6, 1), _Wide(width)
    first = tangent_kernel_operator(module, inputs).dense()
    rate = 6 / float(torch.linalg.eigvalsh(first)[-1])
    step = torch.eye(6) - rate / 6 * first
    linear, distance = module(inputs).detach() - targets, 0.0
    optimizer = torch.optim.SGD(module.parameters(), rate)
    for _ in range(STEPS):
        optimizer.zero_grad()
        ((module(inputs) - targets).square().sum() / 12).backward()
        optimizer.step()
        linear = step @ linear
        with torch.no_grad():
            distance = max(distance, float((module(inputs) - targets - linear).norm() / targets.norm()))
    return kernel_drift(first, tangent_kernel_operator(module, inputs).dense()), distance


@pytest.mark.slow
def test_drift_and_distance_from_the_linear_model_fall_with_the_width():
    means = np.array([np.mean([_trained(width, seed) for seed in range(SEEDS)], 0) for width in WIDTHS])
    drift, distance = (np.polyfit(np.log(WIDTHS), np.log(column), 1)[0] for column in means.T)
    assert drift < -0.4
    assert distance < -0.35
