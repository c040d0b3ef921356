"""How long the rest of a sweep takes."""

import pytest

from spectra.cli.time_left import TimeLeft
from spectra.sweeps import Outcome
from tests.cli.pieces import SPECS, record


def test_time_left_is_the_work_left_shared_by_those_who_work():
    left = TimeLeft(SPECS)
    assert left.seconds([]) is None
    for spec in SPECS[:2]:
        left.ended(Outcome(spec, 3.0))
    assert left.seconds([]) == pytest.approx(4 * 3.0)
    begun = [record(SPECS[2:4]), record(SPECS[4:6])]
    assert left.seconds(begun) == pytest.approx(2 * 3.0)
    halves = [record(SPECS[2:4], step=3), record(SPECS[4:6], step=3)]
    assert left.seconds(halves) == pytest.approx(3.0, abs=1e-9)


def test_time_left_is_never_less_than_the_longest_piece_says():
    left = TimeLeft(SPECS)
    left.ended(Outcome(SPECS[0], 0.001))
    assert left.seconds([record(SPECS[1:3], step=2, seconds=50.0)]) == pytest.approx(100.0)


def test_time_left_is_known_without_any_outcome_once_all_has_begun():
    left = TimeLeft(SPECS)
    assert left.seconds([record(SPECS[:4], step=3, seconds=9.0)]) is None
    assert left.seconds([record(SPECS, step=3, seconds=9.0)]) == pytest.approx(9.0)
    assert left.seconds([record(SPECS, step=0, seconds=9.0)]) is None


def test_runs_that_tell_nothing_of_time_leave_it_unknown():
    left = TimeLeft(SPECS)
    left.ended(Outcome(SPECS[0], float("nan"), error="no luck"))
    left.ended(Outcome(SPECS[1], 0.1, diverged=True))
    assert left.seconds([]) is None
