"""Processes are an engine like any other: what breaks in one run stays in that run, and nothing outlives the parent."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from spectra.sweeps import RunStore, processes, serial, status, sweep
from tests.sweeps.fake_data import Failing, Hanging, Killing, tiny

ROOT = Path(__file__).parents[2]
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
    outcomes = {o.spec: o for o in sweep([*good, *bad.values()], store, processes(2, timeout=2.5))}
    return folder, good, bad, outcomes


def test_a_run_that_kills_its_process_or_hangs_costs_itself_alone(trouble):
    folder, good, bad, outcomes = trouble
    assert len(outcomes) == len(good) + len(bad)
    assert [outcomes[spec].error for spec in good] == [None] * len(good)
    state = status([*good, *bad.values()], RunStore(folder / "runs"))
    assert state.done == tuple(good)
    assert state.failed == tuple(bad.values())
    assert outcomes[bad["killed"]].error == "its process died: SIGKILL, as when memory runs out"
    assert outcomes[bad["hung"]].error == "did not finish within 2.5 s, and was stopped"
    assert outcomes[bad["failed"]].error == "RuntimeError: there are no data today"
    assert "in load" in outcomes[bad["failed"]].traceback


def test_two_processes_give_the_bits_of_one_and_of_none(trouble, tmp_path):
    folder, good, _, outcomes = trouble
    alone = {outcome.spec: outcome for outcome in sweep(good, RunStore(tmp_path / "serial"), serial())}
    assert measurements(folder / "runs") == measurements(tmp_path / "serial")
    for spec, outcome in alone.items():
        assert (outcome.loss, outcome.effective_sharpness) == (outcomes[spec].loss, outcomes[spec].effective_sharpness)
    assert len([*sweep(good, RunStore(tmp_path / "one"), processes(1))]) == len(good)
    assert measurements(tmp_path / "one") == measurements(tmp_path / "serial")


def test_threads_are_pinned_before_torch_is_loaded(trouble):
    folder = trouble[0]
    (note,) = folder.glob("*.json")
    assert json.loads(note.read_text())["threads"] == "1"
    check = "import sys, spectra.sweeps.worker; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=False).returncode == 0


def test_a_sweep_that_is_dropped_half_way_leaves_its_finished_runs_and_no_process(tmp_path):
    specs, store = [tiny(seed) for seed in range(3)], RunStore(tmp_path / "runs")
    hanging = tiny(data=Hanging(str(tmp_path)), width=12)  # the longest, so the first
    outcomes = sweep([*specs, hanging], store, processes(2))
    done = [next(outcomes).spec for _ in specs]
    start = time.monotonic()
    outcomes.close()
    assert time.monotonic() - start < 5
    assert set(done) == set(status([*specs, hanging], RunStore(tmp_path / "runs")).done) == set(specs)
    assert gone(tmp_path)
    expected = RunStore(tmp_path / "again")
    assert len([*sweep(specs, expected, serial())]) == 3
    pd.testing.assert_frame_equal(store.load(specs).table, expected.load(specs).table, check_exact=True)


SCRIPT = """
import sys
from spectra.sweeps import RunStore, processes, sweep
from tests.sweeps.fake_data import Hanging, tiny

if __name__ == "__main__":
    folder = sys.argv[1]
    specs = [tiny(data=Hanging(folder), width=12), tiny(data=Hanging(folder), width=11), tiny()]
    for outcome in sweep(specs, RunStore(folder + "/runs"), processes(2)):
        pass
"""


def started(folder, script=SCRIPT):
    (folder / "script.py").write_text(script)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, str(folder / "script.py"), str(folder)],
        env=environment, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def hanging(folder, count, seconds=30.0):
    """Processes of this many hanging runs, as soon as there are so many."""
    end = time.monotonic() + seconds
    while len(notes := [*folder.glob("*.json")]) < count and time.monotonic() < end:
        time.sleep(0.05)
    assert len(notes) == count
    return [json.loads(note.read_text())["pid"] for note in notes]


def alive(process):
    try:
        # A process that has ended and that nobody has waited for yet is not alive.
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(folder, seconds=3.0):
    """Whether all processes of the runs that hang have ended, or end very soon."""
    processes, end = [int(note.stem) for note in folder.glob("*.json")], time.monotonic() + seconds
    while any(map(alive, processes)) and time.monotonic() < end:
        time.sleep(0.02)
    return not any(map(alive, processes))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_no_worker_outlives_a_parent_that_is_killed(tmp_path):
    with started(tmp_path) as parent:
        workers = hanging(tmp_path, 2)
        assert all(map(alive, workers))
        parent.kill()
        parent.wait()
        assert gone(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_control_c_ends_everything_within_seconds(tmp_path):
    with started(tmp_path) as parent:
        hanging(tmp_path, 2)
        start = time.monotonic()
        os.killpg(parent.pid, signal.SIGINT)
        output, _ = parent.communicate(timeout=20)
        assert time.monotonic() - start < 8
        assert output.count("Traceback") == 1  # of the parent alone
        assert "KeyboardInterrupt" in output
        assert gone(tmp_path)


def test_workers_that_cannot_start_are_an_error_with_advice(tmp_path):
    with started(tmp_path, SCRIPT.replace('if __name__ == "__main__":', "if True:")) as parent:
        output, _ = parent.communicate(timeout=60)
        assert parent.returncode == 1
        assert "RuntimeError: worker processes ended 3 times before any run did" in output.splitlines()[-1]


@pytest.mark.parametrize(("count", "timeout"), [(0, None), (-1, None), (1, 0), (1, -2.0), (1, float("nan"))])
def test_impossible_engines_are_refused(count, timeout):
    with pytest.raises(ValueError, match=r"asked for|was given"):
        processes(count, timeout=timeout)
