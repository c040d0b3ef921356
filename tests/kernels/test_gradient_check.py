"""Derivatives that are a little wrong are not taken, in any precision."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional

from spectra.kernels.derivative_parts import Rows, weighted
from spectra.kernels.empirical import empirical_ntk, kernel_routes
from spectra.kernels.gradient_check import rounding_unit
from spectra.kernels.known_operations import OPERATIONS
from tests.kernels.called import Called
from tests.kernels.zoo import dense_blocks
from tests.kernels.zoo_of_uses import turned_fold
from tests.references import relative_error

DTYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]


def _changed(monkeypatch, func, change):
    """Derivatives of an operation, after some change."""
    operation = OPERATIONS[func]

    def derivatives(given, gradients, layout):
        return {role: change(part) for role, part in operation.derivatives(given, gradients, layout).items()}

    monkeypatch.setitem(OPERATIONS, func, replace(operation, derivatives=derivatives))


@pytest.mark.parametrize(
    ("dtype", "seen", "rounding"), list(zip(DTYPES, [1e-6, 1e-2, 0.5, 0.2], [1e-10, 1e-5, 0, 0], strict=True))
)
def test_derivatives_that_differ_by_more_than_rounding_are_not_taken(monkeypatch, dtype, seen, rounding):
    module, x = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2)).to(dtype), torch.randn(4, 5).to(dtype)
    for change, routes in ((rounding, {"gram"}), (seen, {"jacobian"})):
        with monkeypatch.context() as patched:
            _changed(patched, functional.linear, lambda part, change=change: weighted(part, 1 + change))
            assert set(kernel_routes(module, x).routes.values()) == routes


@pytest.mark.parametrize(("dtype", "seen"), list(zip(DTYPES, [1e-12, 1e-4, 0.5, 0.1], strict=True)))
def test_gradients_that_cancel_are_compared_with_the_rounding_of_the_others(monkeypatch, dtype, seen):
    def forward(self, x):
        outputs = torch.add(self.first(x), self.shift)
        return outputs - outputs.mean(1, keepdim=True)

    module, x = Called(forward, first=nn.Linear(5, 3), shift=nn.Parameter(torch.ones(1))).to(dtype), torch.randn(4, 5)
    x = (x / x.norm(dim=1, keepdim=True)).to(dtype)
    for change, route in ((0, "gram"), (seen, "jacobian")):
        with monkeypatch.context() as patched:
            _changed(patched, torch.add, lambda part, change=change: Rows(part.values + change))
            assert kernel_routes(module, x).routes["shift"] == route


@pytest.mark.parametrize("dtype", DTYPES)
def test_wrong_folds_are_seen_in_low_precision(dtype):
    module, x = turned_fold(), torch.randn(6, 4, 6)
    exact = dense_blocks(module, x)
    module, x = module.to(dtype), x.to(dtype)
    assert kernel_routes(module, x).routes["first.weight"] == "jacobian"
    assert relative_error(empirical_ntk(module, x), exact) < 8 * torch.finfo(dtype).eps


@pytest.mark.parametrize(("dtype", "bits"), [(torch.float64, 52), (torch.float32, 10), (torch.bfloat16, 7)])
def test_a_gpu_may_multiply_single_precision_in_tf32(dtype, bits):
    assert rounding_unit(SimpleNamespace(dtype=dtype, is_cuda=True)) == 2.0**-bits
    assert rounding_unit(torch.ones(1, dtype=dtype)) == torch.finfo(dtype).eps
