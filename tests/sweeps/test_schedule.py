"""The scheduler against pools that fail in every way: one outcome of every run, and what was lost again."""

import random
from collections import Counter
from itertools import pairwise

import pytest

from spectra.engines.outcome import Outcome
from spectra.engines.pace import Pace
from spectra.engines.piece import Ended, Piece
from spectra.sweeps import waiting
from spectra.sweeps.cohorts import pieces
from spectra.sweeps.schedule import COHORT_TRIES, RUN_TRIES, schedule
from spectra.training import footprint
from tests.sweeps.fake_data import tiny
from tests.sweeps.pretended_pool import SPECS, Pool, made


def outcomes(pool, cut):
    return {outcome.spec: outcome for outcome in checked(schedule(cut, pool, Pace()), cut)}


def checked(found, cut):
    found = list(found)
    assert Counter(outcome.spec for outcome in found) == Counter(spec for piece in cut for spec in piece.specs)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_whatever_a_pool_does_every_run_has_one_outcome(seed, monkeypatch):
    monkeypatch.setattr(waiting, "SOON", 0.001)
    chance = random.Random(seed)
    specs = [tiny(number, width=width) for width in (4, 6, 8) for number in range(chance.randint(1, 9))]

    def make(piece):
        known = tuple(Outcome(spec, 1.0) for spec in piece.specs if chance.random() < 0.5)
        rest = [spec for spec in piece.specs if spec not in [outcome.spec for outcome in known]]
        elsewhere = tuple(spec for spec in rest if chance.random() < 0.3)
        lost = {"stopped": True} if chance.random() < 0.2 else {"lost": "no luck", "guilty": chance.random() < 0.2}
        return Ended(piece, known, elsewhere, **lost)

    cut = pieces(specs, workers=3)
    checked(schedule(cut, Pool(make, room=3), Pace()), cut)


def test_the_longest_is_first_by_its_work_and_then_by_what_was_measured():
    wide, narrow = tuple(tiny(seed, width=64) for seed in range(3)), tuple(tiny(seed, width=4) for seed in range(3))

    def make(piece):  # the narrow ones take a thousand times longer than their work says
        slow = 1000.0 if piece.specs[0] in narrow else 1.0
        return Ended(piece, tuple(Outcome(s, slow * footprint(s).work / 1e9) for s in piece.specs))

    pool = Pool(make)
    singles = [Piece((spec,)) for spec in (*narrow[:1], *wide)]
    outcomes(pool, [*singles, Piece(narrow[1:])])
    assert [piece.specs[0].model.width for piece in pool.started[:3]] == [64, 64, 64]
    pool = Pool(make, room=2)
    outcomes(pool, [Piece((spec,)) for spec in (*narrow, *wide)])
    assert [piece.specs[0].model.width for piece in pool.started] == [64, 64, 64, 4, 4, 4]


def test_a_worker_that_dies_costs_a_second_try_and_then_halves_and_at_last_the_run():
    poison = SPECS[5]

    def make(piece):
        return Ended(piece, lost="its process died: SIGKILL") if poison in piece.specs else made(piece)

    pool = Pool(make)
    found = outcomes(pool, [Piece(SPECS)])
    assert {spec for spec, outcome in found.items() if outcome.error} == {poison}
    assert found[poison].error == "its process died: SIGKILL"
    assert len(found[poison].lost) == 3 * COHORT_TRIES + RUN_TRIES - 1
    tries = Counter(len(piece.specs) for piece in pool.started if poison in piece.specs)
    assert tries == {8: COHORT_TRIES, 4: COHORT_TRIES, 2: COHORT_TRIES, 1: RUN_TRIES}


def test_a_death_that_does_not_repeat_costs_nothing_but_the_try():
    deaths = iter([True])
    pool = Pool(lambda piece: Ended(piece, lost="killed") if next(deaths, False) else made(piece))
    found = outcomes(pool, [Piece(SPECS)])
    assert {(outcome.error, outcome.lost) for outcome in found.values()} == {(None, ("killed",))}
    assert [(len(piece.specs), piece.attempt) for piece in pool.started] == [(8, 1), (8, 2)]


def test_a_member_that_raises_is_found_by_halving_at_once_and_alone_is_lost():
    def make(piece):
        bad = SPECS[2] in piece.specs
        return Ended(piece, lost="ValueError: no", guilty=True, traceback="there") if bad else made(piece)

    pool = Pool(make)
    found = outcomes(pool, [Piece(SPECS)])
    assert {spec: (o.error, o.traceback) for spec, o in found.items() if o.error} == {
        SPECS[2]: ("ValueError: no", "there")
    }
    assert [len(piece.specs) for piece in pool.started if SPECS[2] in piece.specs] == [8, 4, 2, 1]


def test_only_what_was_lost_is_made_again():
    def make(piece):
        return (
            Ended(piece, made(Piece(piece.specs[:5])).outcomes, lost="killed") if len(piece.specs) == 8 else made(piece)
        )

    pool = Pool(make)
    outcomes(pool, [Piece(SPECS)])
    assert [piece.specs for piece in pool.started] == [SPECS, SPECS[5:]]


def test_what_another_sweep_makes_is_looked_at_ever_less_often_until_it_is_there(monkeypatch):
    monkeypatch.setattr(waiting, "SOON", 0.01)
    looks = iter(range(4))

    def make(piece):
        return Ended(piece, elsewhere=piece.specs) if next(looks, None) is not None else made(piece)

    pool, delays = Pool(make), []
    put = waiting.heapq.heappush
    monkeypatch.setattr(waiting.heapq, "heappush", lambda heap, item: (delays.append(item[0]), put(heap, item)))
    outcomes(pool, [Piece(SPECS[:2])])
    gaps = [later - sooner for sooner, later in pairwise(delays)]
    assert len(pool.started) == 5
    assert all(later > sooner for sooner, later in pairwise(gaps))


def test_a_worker_that_was_stopped_alone_gives_its_runs_back_without_counting_a_try():
    stops = iter(range(7))
    pool = Pool(lambda piece: Ended(piece, stopped=True) if next(stops, None) is not None else made(piece))
    assert not any(outcome.error for outcome in outcomes(pool, [Piece(SPECS)]).values())
    assert {piece.attempt for piece in pool.started} == {1}


def test_a_store_that_fails_ends_the_sweep():
    def make(piece):
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        list(schedule([Piece(SPECS)], Pool(make), Pace()))
