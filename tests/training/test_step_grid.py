"""The steps at which something is measured."""

import pytest

from spectra.training import StepGrid


def test_step_grids_hold_both_ends():
    assert sorted(StepGrid(every=4).steps(10)) == [0, 4, 8, 10]
    assert sorted(StepGrid(points=4).steps(1000)) == [0, 1, 10, 100, 1000]


def test_open_ended_grids_hold_every_nth_step_or_equal_ratios():
    assert [step for step in range(10) if StepGrid(every=4).due(step)] == [0, 4, 8]
    steps = [step for step in range(1001) if StepGrid(points=3).due(step)]
    assert steps == [0, 1, 2, 5, 10, 22, 46, 100, 215, 464, 1000]
    assert {step for step in range(101) if StepGrid(points=50).due(step)} >= set(range(1, 20))


@pytest.mark.parametrize("fields", [{}, {"every": 1, "points": 2}, {"every": 0}, {"each": 2}])
def test_impossible_step_grids_are_refused(fields):
    with pytest.raises((ValueError, TypeError)):
        StepGrid(**fields)
