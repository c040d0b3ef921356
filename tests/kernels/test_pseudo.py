"""The pseudo kernel: exact where outputs share one kernel, and near the full one for wide networks."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from spectra.kernels.operator import tangent_kernel_operator
from spectra.kernels.pseudo import pseudo_kernel, pseudo_kernel_report, pseudo_regression_report
from tests.kernels.dense_kernels import dense_jacobian
from tests.networks import mlp


def _full(module: nn.Module, inputs: Tensor, weights: Tensor | float = 1.0) -> Tensor:
    slopes = dense_jacobian(module, inputs)
    N, kernel = len(inputs), slopes * weights @ slopes.T
    return kernel.reshape(N, len(kernel) // N, N, -1).permute(0, 2, 1, 3)


def test_it_is_the_kernel_of_the_scaled_sum_of_outputs():
    module, inputs = mlp(), torch.randn(5, 4)
    operator = tangent_kernel_operator(module, inputs, outputs="sum_of_logits")
    assert_close(pseudo_kernel(_full(module, inputs)), operator.dense())


def test_nothing_is_lost_where_outputs_share_one_kernel():
    factor = torch.randn(9, 20)
    kernel = (factor @ factor.T)[:, :, None, None] * torch.eye(3)
    report = pseudo_kernel_report(kernel[:6, :6])
    for error in (report.frobenius_error, report.mean_trace_error, report.largest_error, report.spectrum_error):
        assert abs(error) < 1e-12
    assert report.pseudo_smallest == pytest.approx(report.smallest)
    for ridge in (0.0, 0.5):
        found = pseudo_regression_report(kernel[:6, :6], kernel[6:, :6], torch.randn(6, 3), ridge=ridge)
        assert found.error < 1e-10
        assert found.predictions.shape == (3, 3)
        assert max(found.residual, found.pseudo_residual) < 1e-10


def test_the_mean_over_outputs_is_the_nearest_of_its_form():
    kernel = _full(mlp(), torch.randn(5, 4))
    report = pseudo_kernel_report(kernel)
    assert 0 < report.mean_trace_error < report.frobenius_error
    nearest = torch.einsum("nmoo->nm", kernel)[:, :, None, None] / 3 * torch.eye(3)
    assert report.mean_trace_error == pytest.approx(float((kernel - nearest).norm() / kernel.norm()))


def test_the_error_falls_as_the_root_of_the_width():
    inputs, widths, errors = torch.randn(6, 8), (32, 128, 512), []
    for width in widths:
        found = [pseudo_kernel_report(_wide(width, inputs)).frobenius_error for _ in range(5)]
        errors.append(sum(found) / len(found))
    slope = np.polyfit(np.log(widths), np.log(errors), 1)[0]
    assert -0.65 < slope < -0.35


def test_a_singular_kernel_is_refused_without_a_ridge():
    inputs = torch.randn(5, 4)
    kernel = _full(mlp(), torch.cat([inputs, inputs[:1]]))
    with pytest.raises(ValueError, match="ridge"):
        pseudo_regression_report(kernel, kernel, torch.randn(6, 3))
    with pytest.raises(ValueError, match=r"\(6, 6\) was given"):
        pseudo_kernel(kernel[:, :, 0, 0])
    with pytest.raises(ValueError, match="the kernel is zero"):
        pseudo_kernel_report(0 * kernel)


def _wide(width: int, inputs: Tensor) -> Tensor:
    """The kernel of a network with two hidden layers and four outputs whose rates make its limit one of wide ones."""
    layers = nn.Linear(8, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 4)
    module = nn.Sequential(*layers)
    for layer in layers[::2]:
        nn.init.normal_(layer.weight, std=(2 / layer.in_features) ** 0.5)
        nn.init.zeros_(layer.bias)
    rates = [
        torch.full((layer.weight.numel() + layer.out_features,), 1.0).index_fill(
            0, torch.arange(layer.weight.numel()), 2 / layer.in_features
        )
        for layer in layers[::2]
    ]
    return _full(module, inputs, torch.cat(rates))
