"""Updates that see a part of the training examples."""

from dataclasses import replace

import pandas as pd
import pytest
import torch
from torch.testing import assert_close

from spectra.data import PowerLawTeacher
from spectra.models import LinearModel
from spectra.training import SGD, Adam, Loss, RegimeSpec, RunSpec, StepGrid, run, run_cohort
from spectra.training.data_order import DataOrder
from spectra.training.initial_cohort import cohort
from spectra.training.movement import WeightMovement
from tests.training.dense_members import interrupted
from tests.training.expanded_runs import members
from tests.training.test_cohort import spec

LINEAR = RunSpec(
    LinearModel(),
    PowerLawTeacher(dimension=6, train_examples=40, test_examples=5),
    SGD(0.1),
    RegimeSpec("ntk", 1, 1),
    (Loss(StepGrid(every=1)),),
    steps=3,
    seed=1,
    precision="float64",
    trained_examples=10,
)


def test_updates_are_those_on_the_examples_that_are_seen():
    together = cohort([LINEAR], "cpu")
    seen = together.order.known[0]
    inputs, targets = together.dataset.inputs[seen], together.dataset.targets[seen]
    together.advance(3)
    weights, sizes = torch.zeros(6, 1), together.step_sizes()[0][:, None]
    for _ in range(3):
        weights = weights - sizes * 2 * inputs.T @ (inputs @ weights - targets) / len(seen)
    assert_close(together.module(0)(together.dataset.inputs).detach(), together.dataset.inputs @ weights)


def test_sets_are_drawn_by_the_seed_and_larger_ones_hold_the_smaller():
    order = DataOrder(50, None, [3, 4])
    few, many = order.drawn(10).known, order.drawn(30).known
    assert_close(many[:, :10], few)
    assert few.shape == (2, 10)
    assert set(few[0].tolist()) != set(few[1].tolist())
    assert all(len(set(row.tolist())) == 30 for row in many)
    assert order.drawn(None).known is None


def test_an_epoch_has_each_example_that_is_seen_once():
    order = DataOrder(50, 5, [3, 4]).drawn(20)
    for epoch in range(2):
        batches = torch.cat([order.batch(4 * epoch + number) for number in range(4)], 1)
        assert_close(batches.sort(1).values, order.known.sort(1).values)
    assert_close(order.kept([1]).batch(3), order.batch(3)[1:])


def test_a_pretraining_has_examples_of_its_own():
    one = replace(LINEAR, pretraining=4, pretraining_examples=5)
    together = cohort([one], "cpu")
    assert together.order.known.shape == (1, 5)
    alone = cohort([replace(LINEAR, trained_examples=5)], "cpu")
    together.advance(4)
    alone.advance(4)
    assert_close(together.weights, alone.weights)
    assert together.order.known.shape == (1, 10)
    assert set(alone.order.known[0].tolist()) < set(together.order.known[0].tolist())


def test_all_examples_in_another_order_make_the_same_run():
    whole, drawn = (run(replace(LINEAR, trained_examples=count)) for count in (None, 40))
    assert_close(torch.tensor(whole["value"].to_numpy()), torch.tensor(drawn["value"].to_numpy()))


@pytest.mark.parametrize("batch_size", [None, 8])
def test_a_run_that_is_interrupted_has_the_same_bits(batch_size, monkeypatch):
    monkeypatch.setattr("spectra.training.course.PATIENCE", 0.0)
    measured = (Loss(StepGrid(every=1)), WeightMovement(StepGrid(every=2)))
    one = spec(optimizer=Adam(0.02, batch_size=batch_size), precision="float32", steps=4, measurements=measured)
    runs = members(replace(one, pretraining=3, pretraining_examples=9, trained_examples=20, criterion="squared_error"))
    whole = run_cohort(runs)
    for update in range(1, 8):
        for table, expected in zip(run_cohort(runs, states=interrupted(runs, update)), whole, strict=True):
            pd.testing.assert_frame_equal(table, expected, check_exact=True)
    pd.testing.assert_frame_equal(whole[1], run(runs[1]), check_exact=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trained_examples": 41}, "trained_examples asks for 41 examples, and there are 40"),
        ({"pretraining_examples": 5}, "without a pretraining"),
        ({"optimizer": SGD(0.1, batch_size=20)}, "a batch asks for 20 examples, and trained_examples is 10"),
    ],
)
def test_more_than_there_is_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(LINEAR, **changes)
