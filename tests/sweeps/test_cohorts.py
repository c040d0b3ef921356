"""Runs of equal shapes train together: few at a time if memory is short, and enough pieces for all workers."""

from collections import Counter
from math import nan

import pytest

from spectra.engines.outcome import Outcome
from spectra.engines.pace import Pace
from spectra.engines.piece import Piece
from spectra.sweeps.cohorts import halves, members, pieces
from spectra.training import footprint, most_members, shape
from tests.sweeps.fake_data import Broken, tiny

GRID = [tiny(seed, width=width, rate=rate) for width in (4, 8) for rate in (0.1, 0.2, 0.4) for seed in range(7)]


@pytest.mark.parametrize("workers", [1, 2, 3, 5, 50, 1000])
@pytest.mark.parametrize("memory", [1, 100_000, 2**30])
def test_every_run_is_in_exactly_one_piece_with_none_of_another_shape(workers, memory):
    cut = pieces(GRID, memory=memory, workers=workers)
    assert Counter(spec for piece in cut for spec in piece.specs) == Counter(GRID)
    for piece in cut:
        assert len({shape(spec) for spec in piece.specs}) == 1
        assert len(piece.specs) <= members(piece.specs[0], memory=memory)
    assert len(cut) >= min(workers, len(GRID))


def test_one_worker_gets_as_few_pieces_as_can_be():
    assert sorted(len(piece.specs) for piece in pieces(GRID)) == [21, 21]
    assert sorted(len(piece.specs) for piece in pieces(tiny(seed) for seed in range(130))) == [43, 43, 44]


@pytest.mark.parametrize("workers", [2, 3, 8])
def test_no_piece_is_more_than_a_share_of_the_work_unless_it_is_a_single_run(workers):
    cut = pieces([*GRID, tiny(width=64, steps=90)], workers=workers)
    work = [sum(footprint(spec).work for spec in piece.specs) for piece in cut]
    for piece, of_it in zip(cut, work, strict=True):
        assert len(piece.specs) == 1 or of_it <= sum(work) / workers * 1.000001


def test_members_follow_the_memory_and_what_is_faster():
    one = tiny()
    need = footprint(one).memory
    assert members(one, memory=1) == 1
    assert members(one, memory=4 * need) == 4
    assert members(one, memory=2**40) == most_members(one)
    assert members(one, memory=2**40, device="cuda") == most_members(one, device="cuda")


def test_runs_that_cannot_be_looked_at_are_pieces_of_their_own():
    broken = [tiny(seed, data=Broken()) for seed in range(3)]
    assert sorted(len(piece.specs) for piece in pieces([*broken, *GRID])) == [1, 1, 1, 21, 21]


def test_halves_keep_every_run_and_have_not_been_tried():
    for count in (2, 3, 9):
        first, second = halves(Piece(tuple(GRID[:count]), attempt=2))
        assert first.specs + second.specs == tuple(GRID[:count])
        assert (first.attempt, second.attempt) == (1, 1)
        assert len(second.specs) - len(first.specs) in (0, 1)


def test_estimates_follow_what_was_measured_for_a_shape_or_else_for_all():
    pace, small, large, other = Pace(), tiny(width=4), tiny(width=8), tiny(width=16)
    assert pace.seconds([large]) > pace.seconds([small])
    pace.record(Outcome(small, 3.0))
    pace.record(Outcome(tiny(2, width=4), 5.0))
    pace.record(Outcome(large, 1.0))
    for nothing in (Outcome(small, nan, error="x"), Outcome(small, 99.0, diverged=True)):
        pace.record(nothing)
    assert pace.seconds([small]) == pytest.approx(4.0)
    assert pace.seconds([large, tiny(7, width=8)]) == pytest.approx(2.0)
    work = {spec: footprint(spec).work for spec in (small, large, other)}
    assert pace.seconds([other]) == pytest.approx(9.0 * work[other] / (2 * work[small] + work[large]))
