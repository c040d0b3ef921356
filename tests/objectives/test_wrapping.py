"""Modules inside wrappers that only speed up or parallelise."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.objectives.network import flatten


def test_parallel_and_compiled_wrappers_are_opened():
    module = nn.Sequential(nn.Linear(4, 3), nn.Tanh())
    wrapped = nn.DataParallel(torch.compile(module, backend="aot_eager"))
    weights, network = flatten(wrapped)
    assert list(network.shapes) == ["0.weight", "0.bias"]
    inputs = torch.randn(2, 4)
    assert_close(network(weights, inputs), module(inputs))


@pytest.mark.parametrize("whole", [True, False])
def test_compiled_modules_have_their_second_derivatives(whole):
    module = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    weights, network = flatten(module)
    inputs = torch.randn(3, 2)
    expected = torch.autograd.functional.hessian(lambda w: network(w, inputs).square().sum(), weights)
    if whole:
        module.compile(backend="aot_eager")
    else:
        module[0] = torch.compile(module[0], backend="aot_eager")
    weights, network = flatten(module)
    measured = torch.autograd.functional.hessian(lambda w: network(w, inputs).square().sum(), weights)
    assert_close(measured, expected)


def test_a_parallel_wrapper_inside_the_module_is_refused():
    module = nn.Sequential(nn.Linear(2, 2), nn.DataParallel(nn.Linear(2, 2)))
    with pytest.raises(ValueError, match=r"1 \(DataParallel\).*1\.module"):
        flatten(module)
