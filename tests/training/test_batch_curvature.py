from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from spectra.data import Sphere
from spectra.models import ResidualMLP
from spectra.objectives import Objective
from spectra.training import SGD, Adam, RegimeSpec, run
from spectra.training.batch_curvature import BatchCurvature
from spectra.training.data_order import stream
from tests.references import dense_hessian
from tests.training.dense_members import GRID, members, specs, tables, values

KINDS = ("batch_sharpness", "effective_batch_sharpness")


def exact(kind, member, batch):
    """g'Hg / g'g, or g'DHDg / g'Dg, from a dense Hessian of one batch."""
    objective = Objective(member.objective.network, member.objective.criterion, [batch])
    point = member.weights.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(objective(point), point)
    sizes = torch.ones_like(gradient) if kind == "batch_sharpness" else member.sizes
    step = sizes * gradient
    return step @ dense_hessian(objective, member.weights) @ step / (gradient @ step)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("optimizer", [SGD(0.2), Adam(0.01)], ids=["sgd", "adam"])
def test_of_a_training_on_all_examples_it_is_that_of_their_gradient(kind, optimizer):
    runs = specs(BatchCurvature(kind, GRID), optimizer=optimizer)
    data = runs[0].data.load().to("cpu", torch.float64)
    for member, table in zip(members(runs), tables(runs), strict=True):
        assert_close(values(table, kind)[0], exact(kind, member, (data.inputs, data.targets)))
        assert not len(values(table, f"{kind}_standard_error"))
        assert values(table, f"{kind}_matvecs").tolist() == [1]


@pytest.mark.parametrize("kind", KINDS)
def test_batches_without_replacement_are_those_of_an_epoch(kind):
    # Batches of 30 of 60 examples come in pairs: those of one epoch complete each other.
    runs = specs(BatchCurvature(kind, GRID, batches=2), optimizer=SGD(0.2, batch_size=30))
    data = runs[0].data.load().to("cpu", torch.float64)
    member, table = members(runs)[0], run(runs[0])
    order = torch.randperm(60, generator=_generator(runs[0])).view(2, 30)
    pair = torch.stack([exact(kind, member, (data.inputs[some], data.targets[some])) for some in order])
    assert_close(values(table, kind)[0], pair.mean())
    assert_close(values(table, f"{kind}_standard_error")[0], pair.std() / 2**0.5)


def _generator(spec):
    return stream(spec.seed, 2, 3, 0)


def test_more_batches_than_an_epoch_has_come_from_the_next():
    spec = specs(BatchCurvature("batch_sharpness", GRID, batches=7), optimizer=SGD(0.2, batch_size=25))[0]
    assert values(run(spec), "batch_sharpness_matvecs").tolist() == [7]


def test_batches_without_a_gradient_do_not_count():
    # With a readout of zeros the gradient of a batch is zero where all its targets are: the half-sphere beyond.
    half = {
        "model": ResidualMLP(4, depth=1, activation="tanh", zero_readout=True),
        "data": Sphere(2, "indicator", 60, 5),
    }
    kinds = [BatchCurvature(kind, GRID, batches=60) for kind in KINDS]
    spec = specs(*kinds, **half, optimizer=SGD(0.1, batch_size=1), regime=RegimeSpec("ntk", 1, 1))[0]
    targets = spec.data.load().targets
    table = run(spec)
    for kind in KINDS:
        assert values(table, f"{kind}_matvecs", 0).tolist() == [int((targets != 0).sum())]
        assert len(values(table, kind, 0)) == 1


def test_in_units_of_steps_it_is_the_raw_one_times_an_equal_rate():
    spec = specs(*(BatchCurvature(kind, GRID) for kind in KINDS), optimizer=SGD(0.2))[0]
    table = run(replace(spec, regime=replace(spec.regime, kind="standard")))
    assert_close(values(table, KINDS[1]), 0.2 * values(table, KINDS[0]))
