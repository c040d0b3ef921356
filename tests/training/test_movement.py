from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from spectra.data import PowerLawStream, Sphere
from spectra.models import LinearModel, Shallow
from spectra.training import SGD, Adam, RegimeSpec, StepGrid, run
from spectra.training.movement import KernelMovement, WeightMovement
from tests.training.dense_members import EXAMPLES, GRID, assert_interruptible, members, specs, tables, values

BOTH = WeightMovement(GRID), KernelMovement(GRID, EXAMPLES)


def summed_kernel(member, outputs):
    """The tangent kernel of single outputs, one after the other, summed."""
    ((inputs, _),) = member.objective.batches
    jacobian = torch.autograd.functional.jacobian(lambda w: member.objective.network(w, inputs), member.weights)
    return sum((jacobian[:, c] * member.sizes) @ jacobian[:, c].T for c in outputs)


def alignment(first, second):
    """The cosine of two centred kernels."""
    centring = torch.eye(len(first)) - 1 / len(first)
    first, second = (centring @ kernel @ centring for kernel in (first, second))
    return (first * second).sum() / (first.norm() * second.norm())


@pytest.mark.parametrize(("count", "outputs"), [(10, range(10)), (4, (0, 3, 6, 9))])
def test_a_kernel_moves_by_what_its_alignment_with_the_first_has_lost(count, outputs):
    runs = specs(KernelMovement(GRID, EXAMPLES, outputs=count))
    starts, ends = members(runs, 0), members(runs, 3)
    for start, end, table in zip(starts, ends, tables(runs), strict=True):
        lost = 1 - alignment(summed_kernel(start, outputs), summed_kernel(end, outputs))
        assert_close(values(table, "kernel_movement")[0], lost, rtol=1e-8, atol=1e-12)
        assert values(table, "kernel_movement", 0).tolist() == [0]


def test_weights_move_by_their_distance_from_the_start():
    runs = specs(*BOTH)
    for start, end, table in zip(members(runs, 0), members(runs, 3), tables(runs), strict=True):
        assert_close(values(table, "weight_movement")[0], (end.weights - start.weights).norm() / start.weights.norm())
        assert values(table, "weight_movement", 0).tolist() == [0]


def test_a_lazy_network_moves_less_than_a_rich_one():
    rich = specs(*BOTH, model=Shallow(16, centered=True), data=Sphere(3, "neuron", 60, 5), optimizer=SGD(0.1), steps=6)[
        0
    ]
    rich, lazy = (replace(rich, regime=RegimeSpec("ntk", 1, 1, richness)) for richness in (1.0, 0.01))
    for quantity in ("kernel_movement", "weight_movement"):
        assert float(values(run(lazy), quantity, 6)) < 0.1 * float(values(run(rich), quantity, 6))


def test_the_start_survives_an_interruption():
    assert_interruptible(specs(*BOTH, steps=6), 4)


def test_under_adam_the_kernel_starts_with_the_first_step_sizes():
    table = run(specs(KernelMovement(StepGrid(every=1), EXAMPLES), optimizer=Adam(0.01))[0])
    assert not len(values(table, "kernel_movement", 0))
    assert values(table, "kernel_movement", 1).tolist() == [0]
    assert float(values(table, "kernel_movement", 3)) > 0


def test_weights_that_start_at_zero_have_no_relative_movement():
    spec = replace(
        specs(WeightMovement(GRID))[0],
        model=LinearModel(),
        data=PowerLawStream(1.0, 1.0, dimension=6, train_examples=60),
        regime=RegimeSpec("standard", 1, 1),
    )
    with pytest.raises(ValueError, match="all zero"):
        run(spec)
