"""Updates of the network before step 0, and interruptions before and after it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
import torch
from torch.testing import assert_close

from spectra.objectives import flatten
from spectra.training import SGD, Adam, Loss, RegimeSpec, StepGrid, run, run_cohort
from spectra.training.initial_cohort import cohort
from spectra.training.movement import WeightMovement
from tests.training.dense_members import interrupted
from tests.training.expanded_runs import EXPANSIONS, LOSSES, POINTS, members
from tests.training.test_cohort import spec
from tests.training.test_cohort import values as column


@pytest.mark.parametrize("pretraining", [0, 3])
@pytest.mark.parametrize("expansion", ["network", *EXPANSIONS])
def test_a_run_that_is_interrupted_at_any_update_has_the_same_bits(expansion, pretraining, monkeypatch):
    monkeypatch.setattr("spectra.training.course.PATIENCE", 0.0)
    measured = (Loss(StepGrid(every=1)), WeightMovement(StepGrid(every=2)))
    one = spec(optimizer=Adam(0.02, batch_size=16), precision="float32", steps=4, measurements=measured)
    runs = members(replace(one, expansion=expansion, pretraining=pretraining))
    whole = run_cohort(runs)
    for update in range(1, pretraining + 5):
        states = interrupted(runs, update)
        assert {state.step for state in states} == {update}
        for table, expected in zip(run_cohort(runs, states=states), whole, strict=True):
            pd.testing.assert_frame_equal(table, expected, check_exact=True)


@pytest.mark.parametrize("batch_size", [None, 16])
def test_pretraining_is_the_run_of_that_many_updates(batch_size):
    one = spec(optimizer=SGD(0.1, batch_size=batch_size, decay=0.01), measurements=LOSSES, steps=8)
    whole, later = run(one), run(replace(one, pretraining=3, steps=5))
    assert column(later, "loss") == column(whole, "loss")[3:]
    assert later["step"].tolist() == [0, 1, 2, 3, 4, 5, 5]


def test_moments_start_anew_after_a_pretraining():
    one = spec(optimizer=Adam(0.05), measurements=LOSSES, steps=4, pretraining=3, regime=RegimeSpec("standard", 4, 1))
    together = cohort([replace(one, expansion="network")], "cpu")
    assert together.step == -3
    together.advance(3)
    assert together.step == 0
    assert not any(values.any() for values in together.moments.values())
    assert together.step_sizes() is None
    begun = together.weights[0].clone()
    together.advance(1)
    # The first update of Adam is one rate long in every weight, whatever came before.
    moved = (together.weights[0] - begun).abs()
    assert float(moved[moved > 0].median()) == pytest.approx(0.05, rel=1e-3)


@pytest.mark.parametrize("expansion", EXPANSIONS)
def test_the_expansion_is_about_the_weights_that_the_pretraining_reached(expansion):
    one = replace(POINTS, pretraining=6, expansion=expansion, steps=5)
    together = cohort([one], "cpu")
    together.advance(6)
    network = together.stack.module(0, together.weights[0])
    inputs = together.dataset.inputs
    weights, flat = flatten(network)
    slopes = torch.func.jacrev(lambda at: flat(at, inputs))(weights)
    together.advance(5)
    expected = slopes @ (together.weights[0] - weights) + (expansion == "taylor") * network(inputs)
    assert_close(together.module(0)(inputs), expected)
    loss = (expected - together.dataset.targets).square().mean()
    assert column(run(one), "loss")[-1] == pytest.approx(float(loss.detach()), rel=1e-12)


def test_a_run_that_blows_up_in_its_pretraining_has_diverged_at_step_0():
    runs = [spec(optimizer=SGD(rate, batch_size=16), pretraining=30, seed=1) for rate in (1e5, 0.05)]
    blown, whole = run_cohort(runs)
    assert blown[["step", "quantity", "value"]].values.tolist() == [[0, "diverged", 1.0]]
    assert column(whole, "diverged") == [0.0]
    pd.testing.assert_frame_equal(whole, run(runs[1]), check_exact=True)
