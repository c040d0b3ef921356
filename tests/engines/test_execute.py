"""What a worker does with a piece: what is done or made elsewhere is left, and what fails is told."""

import os
import sys
from collections import Counter
from dataclasses import replace

import pytest

from spectra.engines.engine import Making
from spectra.engines.execute import execute, run_cohort
from spectra.engines.piece import Piece
from spectra.engines.under_way import under_way
from spectra.store.claims import claimed
from spectra.sweeps import RunStore, processes, serial, sweep
from tests.engines.scripts import started
from tests.engines.test_kills import SCRIPT, SPECS
from tests.sweeps.fake_data import Cramped, tiny

COHORT = tuple(tiny(seed) for seed in range(5))


def made(specs, folder):
    return execute(Piece(tuple(specs)), Making(str(folder), engine="here"))


def test_a_piece_has_an_outcome_of_each_of_its_runs_also_of_those_that_are_stored(tmp_path):
    first = made(COHORT[:2], tmp_path)
    again = made(COHORT, tmp_path)
    assert [outcome.spec for outcome in again.outcomes] == [*COHORT]
    for before, outcome in zip(first.outcomes, again.outcomes, strict=False):
        assert replace(before, seconds=0.0) == replace(outcome, seconds=0.0)
        assert outcome.seconds == pytest.approx(before.seconds, abs=1e-3)
    assert [outcome.members for outcome in again.outcomes] == [2, 2, 3, 3, 3]
    assert (again.missing, again.elsewhere, again.lost) == ((), (), None)


def test_what_somebody_else_makes_is_left_to_them(tmp_path):
    with claimed(tmp_path, [spec.identity for spec in COHORT[:2]]):
        ended = made(COHORT, tmp_path)
    assert ended.elsewhere == COHORT[:2]
    assert {outcome.spec for outcome in ended.outcomes} == {*COHORT[2:]}
    assert made(COHORT, tmp_path).elsewhere == ()


def test_runs_under_way_are_told_and_then_not_any_more(tmp_path, monkeypatch):
    seen = []

    def watched(specs, **settings):
        seen.extend(under_way(tmp_path))
        return run_cohort(specs, **settings)

    monkeypatch.setattr("spectra.engines.execute.run_cohort", watched)
    made(COHORT, tmp_path)
    (record,) = seen
    assert record.runs == tuple(spec.identity for spec in COHORT)
    assert record.maker.pid == os.getpid()
    assert under_way(tmp_path) == ()


def failing(bad, error):
    def cohort(specs, **settings):
        if bad in specs:
            raise error
        return run_cohort(specs, **settings)

    return cohort


@pytest.mark.parametrize("error", [ValueError("no"), MemoryError("no"), RuntimeError("no"), OSError(5, "no")])
def test_a_member_that_raises_costs_only_itself(error, tmp_path, monkeypatch):
    monkeypatch.setattr("spectra.engines.execute.run_cohort", failing(COHORT[3], error))
    store = RunStore(tmp_path)
    found = {outcome.spec: outcome.error for outcome in sweep(COHORT, store, serial())}
    assert found == {spec: None for spec in COHORT if spec != COHORT[3]} | {
        COHORT[3]: f"{type(error).__name__}: {error}"
    }
    assert store.lacking(COHORT) == (COHORT[3],)
    (failure,) = store.failures(COHORT)
    assert "in cohort" in failure.traceback


def test_a_store_that_fails_is_no_error_of_a_run(tmp_path, monkeypatch):
    def full(self, runs):
        raise OSError("the disk is full")

    monkeypatch.setattr(RunStore, "write_many", full)
    with pytest.raises(OSError, match="the disk is full"):
        made(COHORT, tmp_path)
    assert under_way(tmp_path) == ()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory as on Linux")
def test_a_cohort_that_runs_out_of_memory_is_made_in_smaller_ones(tmp_path):
    specs = [tiny(seed, width=560, steps=2, data=Cramped(spare=400)) for seed in range(8)]
    found = [*sweep(specs, RunStore(tmp_path), processes(1))]
    assert [outcome.error for outcome in found] == [None] * 8
    assert {outcome.members for outcome in found} <= {1, 2, 4}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="kills as on Linux")
def test_four_sweeps_on_one_store_make_each_run_once(tmp_path):
    sweeps = [started(tmp_path, SCRIPT, str(len(SPECS))) for _ in range(4)]
    said = [one.communicate(timeout=250)[0] for one in sweeps]
    assert [one.returncode for one in sweeps] == [0] * 4, said
    stored = Counter((tmp_path / "stored.log").read_text().split())
    assert stored == Counter(spec.identity for spec in SPECS)
    assert RunStore(tmp_path / "runs").lacking(SPECS) == ()
