"""Jobs of a real Slurm are an engine like any other: what breaks in one costs its piece alone, and goes on."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from spectra.engines import slurm_pool
from spectra.engines.checkpoints import Checkpoints
from spectra.engines.in_process import serial
from spectra.engines.piece import Piece
from spectra.engines.slurm_engine import slurm
from spectra.engines.under_way import under_way
from tests.engines.slurm_cluster import slurm_cluster, why_not
from tests.engines.slurm_jobs import ended, engine, making, outcomes, pieces, queue, starts, swept, wait_for
from tests.sweeps.fake_data import tiny

ROOT = Path(__file__).parents[2]

pytest.importorskip("submitit")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(why_not() is not None, reason=why_not() or "")]


@pytest.fixture(scope="module")
def cluster():
    with slurm_cluster() as variables:
        yield variables


@pytest.fixture(autouse=True)
def _commands_talk_to_it(cluster, monkeypatch):
    for name, value in {**cluster, "PYTHONPATH": str(ROOT)}.items():
        monkeypatch.setenv(name, value)


def test_pieces_are_one_array_of_jobs_with_threads_and_gpus_of_their_own(tmp_path):
    todo = [Piece((replace(tiny(seed), threads=2),)) for seed in range(4)]
    found = outcomes("quick", tmp_path, todo, gpus_per_run=1, memory_per_run=0.7)
    assert {outcome.spec.seed: outcome.loss for outcome in found} == {seed: seed for seed in range(4)}
    facts = starts(tmp_path).values()
    assert len(facts) == 4
    assert len({fact["job"] for fact in facts}) == 1
    assert {fact["gpus"] for fact in facts} == {"0", "1"}
    assert {(fact["threads"], fact["cpus"], fact["device"]) for fact in facts} == {("2", "2", "cuda")}
    assert [*(tmp_path / "runs" / "work" / "slurm").iterdir()] == []


def test_a_job_that_is_killed_is_noticed_within_a_minute_and_made_again(tmp_path):
    (spec,) = pieces(1)[0].specs
    with engine("hurried").open(making(tmp_path), 100) as pool:
        pool.start(Piece((spec,)))
        assert pool.ended(0) == []
        os.kill(wait_for(lambda: starts(tmp_path))[f"{spec.identity}-0"]["pid"], signal.SIGKILL)
        (lost,), seconds = ended(pool, 60)
    assert seconds < 60
    assert (lost.missing, lost.guilty, lost.stopped) == ((spec,), False, False)
    assert lost.lost.endswith("FAILED: SIGKILL, as when memory runs out")
    assert "submitit" in lost.traceback  # the end of its log
    (outcome,) = outcomes("hurried", tmp_path, [Piece((spec,))])
    assert outcome.error is None


def test_a_run_that_kills_every_job_of_its_own_fails_after_three(tmp_path, monkeypatch):
    monkeypatch.setattr(slurm_pool, "ASK", 1.0)
    monkeypatch.setattr(slurm_pool, "LAG", 1.0)
    (outcome,) = outcomes("killed", tmp_path, pieces(1))
    assert outcome.error.endswith("FAILED: SIGKILL, as when memory runs out")
    assert len(starts(tmp_path)) == 3


def test_a_run_that_raises_is_reported_and_not_made_again(tmp_path):
    found = outcomes("raising", tmp_path, pieces(2))
    assert [outcome.error for outcome in found] == ["ValueError: there are no data today"] * 2
    assert all("in raising" in outcome.traceback for outcome in found)
    assert len(starts(tmp_path)) == 2


def test_a_store_that_fails_ends_the_sweep(tmp_path):
    with pytest.raises(OSError, match="the disk is full; make room"):
        outcomes("store_failing", tmp_path, pieces(3))
    assert queue() == {}


def test_a_job_that_is_requeued_goes_on_from_its_checkpoint(tmp_path):
    with engine("patient").open(making(tmp_path), 100) as pool:
        pool.start(pieces(1)[0])
        assert pool.ended(0) == []
        (fact,) = wait_for(lambda: starts(tmp_path)).values()
        time.sleep(5)
        subprocess.run(["scontrol", "requeue", fact["job"]], check=True)
        (made,), _ = ended(pool, 240)
    assert (made.lost, len(made.outcomes)) == (None, 1)
    assert len(starts(tmp_path)) == 2
    (checkpoint,) = tmp_path.glob("*.seconds")
    assert int(checkpoint.read_text()) >= 5


@pytest.mark.timeout(600)
def test_a_run_that_takes_longer_than_a_job_may_is_made_by_several(tmp_path):
    (outcome,) = outcomes("patient", tmp_path, pieces(1), minutes=1, parameters={"signal_delay_s": 30})
    assert outcome.error is None
    assert len(starts(tmp_path)) >= 2


def test_stopping_saves_what_runs_cancels_what_waits_and_takes_seconds(tmp_path):
    todo = [Piece((replace(spec, threads=3),)) for piece in pieces(2) for spec in piece.specs]  # of which one fits
    with engine("patient").open(making(tmp_path), 100) as pool:
        for piece in todo:
            pool.start(piece)
        assert pool.ended(0) == []
        wait_for(lambda: starts(tmp_path))
        time.sleep(2)
        pool.stop()
        start, found = time.monotonic(), []
        while len(found) < 2 and time.monotonic() - start < 30:
            found += pool.ended(0.5)
        assert time.monotonic() - start < 8
    assert [one.stopped for one in found] == [True, True]
    assert len([*tmp_path.glob("*.seconds")]) == 1
    assert queue() == {}


def test_leaving_a_pool_cancels_its_jobs(tmp_path):
    with engine("patient").open(making(tmp_path), 100) as pool:
        for piece in pieces(6):
            pool.start(piece)
        assert pool.ended(0) == []
        wait_for(lambda: len(starts(tmp_path)) == 4)
    assert queue() == {}


def test_a_job_that_would_wait_for_ever_is_an_error(tmp_path):
    with pytest.raises(RuntimeError, match="would wait for ever: PartitionTimeLimit; ask less"):
        outcomes("quick", tmp_path, pieces(1), minutes=1000)
    assert queue() == {}


def test_a_job_that_slurm_refuses_is_an_error_in_its_words(tmp_path):
    with pytest.raises(RuntimeError, match=r"Slurm refuses a job: .*invalid partition specified: nowhere"):
        outcomes("quick", tmp_path, pieces(1), partition="nowhere")


def test_a_sweep_gives_the_bits_of_one_in_this_process(tmp_path):
    specs = [tiny(seed, width=width) for seed in range(4) for width in (4, 6)]
    table = swept(specs, tmp_path / "slurm", slurm(most=3))
    pd.testing.assert_frame_equal(table, swept(specs, tmp_path / "serial", serial()), check_exact=True)
    assert queue() == {}


LONG = tiny(steps=1000)  # about ten seconds


def test_a_run_that_is_requeued_half_way_gives_the_bits_of_one_that_is_not(tmp_path):
    folder, saved = tmp_path / "slurm", []

    def preempt():
        wait_for(lambda: any(record.step > 50 for record in under_way(folder)))
        (job,) = queue()
        subprocess.run(["scontrol", "requeue", job], check=True)
        saved.append(wait_for(lambda: Checkpoints(folder).newest(LONG.identity)))

    other = threading.Thread(target=preempt)
    other.start()
    table = swept([LONG], folder, slurm())
    other.join()
    assert 50 < saved[0].state.step < LONG.steps
    pd.testing.assert_frame_equal(table, swept([LONG], tmp_path / "serial", serial()), check_exact=True)


SCRIPT = """
import sys
from spectra.engines.slurm_engine import slurm
from spectra.sweeps import RunStore, sweep
from tests.sweeps.fake_data import tiny
list(sweep([tiny(steps=1000)], RunStore(sys.argv[1]), slurm()))
"""


def test_a_sweep_that_is_killed_leaves_jobs_that_the_next_one_waits_for(tmp_path):
    folder = tmp_path / "slurm"
    with subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder)], cwd=ROOT) as killed:
        wait_for(lambda: any(record.step > 50 for record in under_way(folder)))
        killed.kill()
    (job,) = queue()
    table = swept([LONG], folder, slurm())
    assert job not in queue()
    pd.testing.assert_frame_equal(table, swept([LONG], tmp_path / "serial", serial()), check_exact=True)
