"""How kernels move: closed forms, invariances, and products against dense kernels."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from spectra.kernels.drift import (
    centred_kernel_alignment,
    estimated_drift,
    kernel_distance,
    kernel_drift,
    kernel_velocity,
)
from spectra.kernels.operator import tangent_kernel_operator
from tests.kernels.dense_kernels import dense_kernel
from tests.networks import mlp


def _kernel(examples: int = 6) -> torch.Tensor:
    factor = torch.randn(examples, 10)
    return factor @ factor.T


def test_the_drift_of_a_multiple_is_its_factor_less_one_and_its_distance_zero():
    kernel = _kernel()
    assert kernel_drift(kernel, 3 * kernel) == pytest.approx(2)
    assert kernel_distance(kernel, 3 * kernel) == pytest.approx(0, abs=1e-15)


def test_the_distance_is_one_less_the_cosine_and_keeps_small_ones():
    first, later = _kernel(), _kernel()
    cosine = (first * later).sum() / (first.norm() * later.norm())
    assert kernel_distance(first, later) == pytest.approx(float(1 - cosine))
    turned = 1e-9 * torch.randn(6, 6)
    small = kernel_distance(first, first + turned)
    across = turned - first * (turned * first).sum() / first.square().sum()
    assert small == pytest.approx(float(across.square().sum() / first.square().sum() / 2), rel=1e-5)
    assert kernel_velocity(first, later, interval=4) == pytest.approx(kernel_distance(first, later) / 4)


def test_centred_alignment_sees_neither_factors_nor_constants():
    kernel, column = _kernel(), torch.randn(6, 1)
    assert centred_kernel_alignment(kernel, 2 * kernel + column + column.T) == pytest.approx(1)
    vectors = torch.linalg.eigh(torch.eye(6) - 1 / 6).eigenvectors[:, 1:3]
    first, second = (torch.outer(vector, vector) for vector in vectors.T)
    assert centred_kernel_alignment(first, second) == pytest.approx(0, abs=1e-12)


def test_kernels_of_several_outputs_are_centred_for_each():
    kernel, table = _kernel(), torch.tensor([[2.0, 0.5], [0.5, 1.0]])
    full = kernel[:, :, None, None] * table
    other = _kernel()
    assert centred_kernel_alignment(full, other[:, :, None, None] * table) == pytest.approx(
        centred_kernel_alignment(kernel, other)
    )


def test_the_drift_from_products_is_that_of_the_dense_kernels():
    inputs, module, generator = torch.randn(60, 4), mlp(), torch.Generator().manual_seed(0)
    first, before = tangent_kernel_operator(module, inputs), dense_kernel(module, inputs)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.05 * torch.randn(parameter.shape, generator=generator)
    later, after = tangent_kernel_operator(module, inputs), dense_kernel(module, inputs)
    found = estimated_drift(first, later)
    assert found.converged
    assert abs(found.value - kernel_drift(before, after)) < 4 * found.standard_error
    assert_close((later - first).dense(), after - before)


def test_kernels_that_cannot_be_compared_are_refused():
    kernel = _kernel()
    with pytest.raises(ValueError, match=r"\(6, 6\) and \(5, 5\)"):
        kernel_drift(kernel, _kernel(5))
    with pytest.raises(ValueError, match="the second kernel is zero"):
        kernel_distance(kernel, 0 * kernel)
    with pytest.raises(ValueError, match="36 of the 36 numbers of the first kernel are not finite"):
        kernel_distance(kernel / 0, kernel)
    with pytest.raises(ValueError, match="second kernel: on the device meta"):
        kernel_drift(kernel, kernel.to("meta"))
    with pytest.raises(ValueError, match="after centring"):
        centred_kernel_alignment(kernel, torch.ones(6, 6))
    with pytest.raises(ValueError, match="interval of 0"):
        kernel_velocity(kernel, kernel, interval=0)
    with pytest.raises(ValueError, match="interval of inf"):
        kernel_velocity(kernel, kernel, interval=float("inf"))
