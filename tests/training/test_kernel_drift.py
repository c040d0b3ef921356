from dataclasses import replace

import pytest
from torch.testing import assert_close

from spectra.data import Sphere
from spectra.models import Shallow
from spectra.training import SGD, Adam, RegimeSpec, StepGrid, run
from spectra.training.kernel_drift import KernelDrift
from tests.training.dense_members import EXAMPLES, GRID, TOKENS, assert_interruptible, members, specs, tables, values

EACH = KernelDrift(StepGrid(every=1), EXAMPLES)


def dense_kernel(member):
    ((inputs, _),) = member.objective.batches
    return member.kernel(inputs)


def test_it_is_the_distance_from_the_first_kernel_and_the_velocity_a_turn_per_update():
    runs = specs(KernelDrift(StepGrid(every=2), EXAMPLES))
    kernels = [[dense_kernel(member) for member in members(runs, step)] for step in (0, 2, 3)]
    for start, before, now, table in zip(*kernels, tables(runs), strict=True):
        assert_close(values(table, "kernel_drift")[0], (now - start).norm() / start.norm())
        turn = 1 - (before * now).sum() / before.norm() / now.norm()
        assert_close(values(table, "kernel_drift_velocity")[0], turn, rtol=1e-6, atol=1e-14)


def test_there_is_none_at_the_start():
    table = run(specs(EACH)[0])
    assert [len(values(table, "kernel_drift", step)) for step in range(4)] == [0, 1, 1, 1]


def test_under_adam_the_second_kernel_is_the_first_that_can_drift():
    table = run(specs(EACH, optimizer=Adam(0.01))[0])
    assert [len(values(table, "kernel_drift", step)) for step in range(4)] == [0, 0, 1, 1]


def test_tokens_have_a_kernel_too():
    runs = specs(EACH, **TOKENS)
    start, end = (dense_kernel(members(runs, step)[0]) for step in (0, 3))
    assert_close(values(tables(runs)[0], "kernel_drift")[0], (end - start).norm() / start.norm())


def test_the_start_survives_an_interruption_between_two_kernels():
    assert_interruptible(specs(KernelDrift(GRID, EXAMPLES), steps=9), 7)


def test_the_kernel_of_a_lazy_network_drifts_in_proportion_to_its_richness():
    lazy = specs(
        KernelDrift(GRID, EXAMPLES),
        model=Shallow(16, "tanh", centered=True),
        data=Sphere(3, "neuron", 60, 5),
        optimizer=SGD(0.3),
        steps=6,
    )[0]
    drifts = [
        float(values(run(replace(lazy, regime=RegimeSpec("ntk", 1, 1, richness))), "kernel_drift", 6))
        for richness in (1e-3, 1e-4)
    ]
    # The outputs are divided by it and start at zero: the weights need only move by as much to fit the same targets.
    assert drifts[0] == pytest.approx(10 * drifts[1], rel=0.01)
