"""Processes are an engine like any other: what breaks in one run stays in that run."""

import json
import os
import subprocess
import sys
import time

import pandas as pd
import pytest

from spectra.engines import worker_process
from spectra.engines.engine import Making
from spectra.engines.piece import Piece
from spectra.engines.worker_process import WorkerProcess
from spectra.sweeps import RunStore, processes, serial, status, sweep
from tests.engines.scripts import ROOT, alive, broken, gone, started
from tests.sweeps.fake_data import Failing, Hanging, Killing, tiny

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")


def measurements(folder):
    return {path.parent.name: path.read_bytes() for path in folder.glob("*/measurements.parquet")}


@pytest.fixture(scope="module")
def trouble(tmp_path_factory):
    """A sweep on two processes, in which one run kills its process, one hangs, one fails, and the rest is fine."""
    folder = tmp_path_factory.mktemp("trouble")
    bad = {
        "killed": tiny(data=Killing(), width=9),
        "hung": tiny(data=Hanging(str(folder)), width=8),
        "failed": tiny(data=Failing(str(folder / "cure")), width=7),
    }
    good = [tiny(seed, width=width) for width in (4, 9) for seed in range(4)]
    store = RunStore(folder / "runs")
    outcomes = {o.spec: o for o in sweep([*good, *bad.values()], store, processes(2), timeout=4)}
    return folder, good, bad, outcomes


def test_a_run_that_kills_its_process_or_hangs_costs_itself_alone(trouble):
    folder, good, bad, outcomes = trouble
    assert len(outcomes) == len(good) + len(bad)
    assert [outcomes[spec].error for spec in good] == [None] * len(good)
    state = status([*good, *bad.values()], RunStore(folder / "runs"))
    assert state.done == tuple(good)
    assert state.failed == tuple(bad.values())
    assert outcomes[bad["killed"]].error == "its process died: SIGKILL, as when memory runs out"
    assert outcomes[bad["hung"]].error == "did not finish within 4 s, and was stopped"
    assert outcomes[bad["failed"]].error == "RuntimeError: there are no data today"
    assert "in load" in outcomes[bad["failed"]].traceback


def test_two_processes_give_the_bits_of_none_whatever_trains_together(trouble, tmp_path):
    folder, good, _, outcomes = trouble
    alone = {outcome.spec: outcome for outcome in sweep(good, RunStore(tmp_path / "serial"), serial())}
    assert measurements(folder / "runs") == measurements(tmp_path / "serial")
    for spec, outcome in alone.items():
        assert (outcome.loss, outcome.effective_sharpness) == (outcomes[spec].loss, outcomes[spec].effective_sharpness)
        assert outcome.members == 4
    single = [*sweep(good, RunStore(tmp_path / "single"), serial(), memory=1)]
    assert {outcome.members for outcome in single} == {1}
    assert measurements(tmp_path / "single") == measurements(tmp_path / "serial")


def test_time_memory_and_members_are_recorded(trouble):
    folder, good, _, outcomes = trouble
    made = RunStore(folder / "runs").load(good).provenance.set_index("run")
    for spec in good:
        own = made.loc[spec.identity]
        assert own["members"] == outcomes[spec].members > 1
        assert own["memory"] == outcomes[spec].memory > 10**7
        assert own["seconds"] == pytest.approx(outcomes[spec].seconds, abs=1e-3)
        assert own["engine"] == "processes"


def test_threads_are_pinned_before_torch_is_loaded(trouble):
    folder = trouble[0]
    (note,) = folder.glob("*.json")
    assert json.loads(note.read_text())["threads"] == "1"
    check = "import sys, spectra.engines.worker; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=False).returncode == 0


@pytest.mark.slow
def test_a_sweep_that_is_dropped_half_way_leaves_its_finished_runs_and_no_process(tmp_path):
    specs, store = [tiny(seed) for seed in range(3)], RunStore(tmp_path / "runs")
    hanging = tiny(data=Hanging(str(tmp_path)), width=12)  # the longest, so the first
    outcomes = sweep([*specs, hanging], store, processes(2))
    done = [next(outcomes).spec for _ in specs]
    start = time.monotonic()
    outcomes.close()
    assert time.monotonic() - start < 10
    assert set(done) == set(status([*specs, hanging], RunStore(tmp_path / "runs")).done) == set(specs)
    assert not any(alive(int(note.stem)) for note in tmp_path.glob("*.json"))
    expected = RunStore(tmp_path / "again")
    assert len([*sweep(specs, expected, serial())]) == 3
    pd.testing.assert_frame_equal(store.load(specs).table, expected.load(specs).table, check_exact=True)


def test_workers_that_cannot_start_are_an_error_with_advice(tmp_path, monkeypatch):
    monkeypatch.setattr("spectra.engines.worker_process.work", broken)
    with pytest.raises(RuntimeError, match="a worker process ended 3 times before it was up; its output says why"):
        list(sweep([tiny()], RunStore(tmp_path), processes(1)))


UNGUARDED = """
import sys
from spectra.sweeps import RunStore, processes, sweep
from tests.sweeps.fake_data import tiny

list(sweep([tiny()], RunStore(sys.argv[1] + "/runs"), processes(1)))
"""


@pytest.mark.slow
def test_a_script_without_a_guard_is_told_so(tmp_path):
    with started(tmp_path, UNGUARDED) as parent:
        output, _ = parent.communicate(timeout=60)
        assert parent.returncode == 1
        assert "this script would start workers again" in output.splitlines()[-1]
        assert output.count("Traceback") == 1  # of the script itself
        assert gone(parent.pid)


@pytest.mark.parametrize(
    "arguments", [{"count": 0}, {"count": -1}, {"count": 1, "cores": 0}, {"count": 1, "devices": ()}]
)
def test_impossible_engines_are_refused(arguments):
    with pytest.raises(ValueError, match=r"asked for|was given|were given"):
        processes(**arguments)


def test_a_device_that_is_not_there_is_refused():
    with (
        pytest.raises(ValueError, match="there is no device 'cuda:99' here; there are cpu"),
        processes(1, devices=("cuda:99",)).open(Making("runs"), 1),
    ):
        pass


def test_the_threads_under_way_are_never_more_than_the_cores(monkeypatch):
    monkeypatch.setattr("spectra.engines.worker_process.WorkerProcess._spawn", lambda self: None)
    monkeypatch.setattr("spectra.engines.worker_process.WorkerProcess.connection", None, raising=False)
    monkeypatch.setattr(
        "spectra.engines.worker_process.WorkerProcess.start", lambda self, piece: setattr(self, "piece", piece)
    )

    def piece(threads, seed=0):
        return Piece((tiny(seed, threads=threads),))

    with processes(8, cores=8).open(Making("runs"), 8) as pool:
        assert pool.workers == 8
        for threads, fits in [(3, True), (4, True), (2, False), (1, True), (1, False)]:
            assert pool.fits(piece(threads)) is fits
            if fits:
                pool.start(piece(threads))
    with processes(8, cores=2).open(Making("runs"), 8) as pool:
        assert pool.workers == 2
        assert pool.fits(piece(5))  # it will find no more, and alone it disturbs nobody
    with processes(8, cores=8).open(Making("runs"), 3) as pool:
        assert pool.workers == 3


def test_a_system_that_starts_no_further_process_is_named_and_leaves_nothing_open(tmp_path, monkeypatch):
    def full(self):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(worker_process.SpawnProcess, "start", full)
    worker = WorkerProcess(Making(str(tmp_path)), "cpu")
    with pytest.raises(OSError, match=r"starts no further process \(Resource temporarily unavailable\); use fewer"):
        worker.start(Piece((tiny(),)))
    assert worker.connection.closed
    worker.kill()
