"""The memory of the dense kernel follows its formula, and it is never that of the Jacobian."""

import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile

from spectra.kernels import kernel_tiles
from spectra.kernels.empirical import empirical_ntk
from spectra.kernels.kernel_tiles import Side
from spectra.kernels.layer_factors import Plan


def peak_bytes(work):
    """The most memory that tensors took at once, beyond those that there were before."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        work()
    events = [event for event in profiled.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = torch.tensor([event.nbytes() for event in sorted(events, key=lambda event: event.start_ns())])
    return int(held.cumsum(0).max())


def test_memory_is_that_of_factors_kernel_and_one_gradient():
    width, N, outputs = 1024, 12, 10
    module = nn.Sequential(
        nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
        nn.Linear(width, outputs),
    )  # fmt: skip
    inputs = torch.randn(N, width)
    weights = sum(parameter.numel() for parameter in module.parameters())
    formula = 8 * (N * 4 * width + N * outputs * (3 * width + outputs) + (N * outputs) ** 2 + weights)
    jacobian = 8 * N * outputs * weights
    peak = peak_bytes(lambda: empirical_ntk(module, inputs))
    assert peak < 1.5 * formula
    assert peak < jacobian / 40


def test_memory_without_large_weights_is_that_of_factors_and_kernel():
    width, N, outputs = 64, 400, 6
    module = nn.Sequential(
        nn.Linear(width, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, outputs)
    )
    inputs = torch.randn(N, width)
    formula = 8 * (N * 3 * width + N * outputs * (2 * width + outputs) + (N * outputs) ** 2)
    assert peak_bytes(lambda: empirical_ntk(module, inputs)) < 1.5 * formula


def test_examples_whose_factors_fit_are_taken_together():
    def tile(bytes_of_one):
        side = Side(Plan(module, {}, {}, {}, [], [], input_bytes=bytes_of_one), torch.zeros(64, 6), torch.eye(10))
        return kernel_tiles._tile(side, side, "full")

    module = nn.Linear(6, 10)
    assert tile(10 * 2**20) == 64
    assert tile(17 * 2**20) == 22  # all factors take more than a gigabyte: 64 examples in three equal blocks
