"""Interrupted once, a sweep saves what is under way and ends; twice, it ends at once; nothing outlives it."""

import os
import signal
import sys
import time

import pytest

from spectra.engines.checkpoints import Checkpoints
from spectra.engines.under_way import under_way
from tests.engines.scripts import alive, gone, hanging, session, started, until
from tests.sweeps.fake_data import tiny

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

LONG = [tiny(seed, width=width, steps=200_000) for seed, width in ((1, 4), (2, 6))]

SCRIPT = """
import sys
from spectra.sweeps import RunStore, processes, serial, sweep
from tests.sweeps.fake_data import Hanging, tiny
from tests.engines.test_interruptions import LONG

if __name__ == "__main__":
    folder, what, engine = sys.argv[1:]
    hanging = [tiny(data=Hanging(folder), width=12), tiny(data=Hanging(folder), width=11)]
    specs = hanging if what == "hanging" else LONG
    list(sweep(specs, RunStore(folder + "/runs"), serial() if engine == "serial" else processes(2)))
"""


def training(folder, count):
    """Processes that train, as soon as there are so many and all have made some updates."""

    def found():
        records = under_way(folder / "runs")
        return len(records) >= count and all(record.step > 20 for record in records) and records

    return [record.maker.pid for record in until(found)]


def interrupted(parent, number=signal.SIGINT):
    """What a sweep says, and how long it takes to end, after a signal to all its processes."""
    start = time.monotonic()
    os.killpg(parent.pid, number)
    output, _ = parent.communicate(timeout=30)
    return output, time.monotonic() - start


def assert_saved_and_over(parent, folder, output, seconds, runs=2):
    assert seconds < 10
    assert output.count("Traceback") == 1  # of the parent alone
    assert output.splitlines()[-1].startswith("KeyboardInterrupt")
    found = [Checkpoints(folder / "runs").newest(spec.identity) for spec in LONG]
    assert sum(checkpoint is not None and checkpoint.state.step > 20 for checkpoint in found) == runs
    assert gone(parent.pid)
    assert not under_way(folder / "runs")


@pytest.mark.slow
def test_no_worker_outlives_a_parent_that_is_killed(tmp_path):
    with started(tmp_path, SCRIPT, "hanging", "processes") as parent:
        workers = hanging(tmp_path, 2)
        assert all(map(alive, workers))
        parent.kill()
        parent.wait()
        assert gone(parent.pid)
        assert not any(map(alive, workers))


@pytest.mark.slow
def test_an_interrupt_lets_workers_save_checkpoints_and_end(tmp_path):
    with started(tmp_path, SCRIPT, "long", "processes") as parent:
        training(tmp_path, 2)
        assert_saved_and_over(parent, tmp_path, *interrupted(parent))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["processes", "serial"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("whom", ["all", "parent"])
def test_every_signal_to_every_engine_saves_checkpoints(engine, number, whom, tmp_path):
    with started(tmp_path, SCRIPT, "long", engine) as parent:
        workers = 2 if engine == "processes" else 1
        training(tmp_path, workers)
        if whom == "all":
            answer = interrupted(parent, number)
        else:
            start = time.monotonic()
            parent.send_signal(number)
            answer = parent.communicate(timeout=30)[0], time.monotonic() - start
        assert_saved_and_over(parent, tmp_path, *answer, runs=workers)


@pytest.mark.slow
def test_what_hangs_is_killed_within_ten_seconds_of_an_interrupt(tmp_path):
    with started(tmp_path, SCRIPT, "hanging", "processes") as parent:
        hanging(tmp_path, 2)
        output, seconds = interrupted(parent)
        assert 4 < seconds < 10
        assert output.count("Traceback") == 1
        assert gone(parent.pid)


@pytest.mark.slow
def test_a_second_interrupt_does_not_wait_for_what_hangs(tmp_path):
    with started(tmp_path, SCRIPT, "hanging", "processes") as parent:
        hanging(tmp_path, 2)
        os.killpg(parent.pid, signal.SIGINT)
        time.sleep(1)
        assert parent.poll() is None
        output, seconds = interrupted(parent)
        assert seconds < 5  # what is asked once has six
        assert "KeyboardInterrupt" in output
        assert gone(parent.pid)


@pytest.mark.slow
def test_a_worker_that_is_terminated_alone_hands_its_run_on(tmp_path):
    with started(tmp_path, SCRIPT, "long", "processes") as parent:
        first, second = training(tmp_path, 2)
        step = min(record.step for record in under_way(tmp_path / "runs"))
        os.kill(first, signal.SIGTERM)
        until(lambda: not alive(first))
        again = until(lambda: [r for r in under_way(tmp_path / "runs") if r.maker.pid not in (first, second)])
        assert again[0].begun_at >= step or until(lambda: under_way(tmp_path / "runs")[-1].begun_at >= step)
        assert alive(second)
        assert_saved_and_over(parent, tmp_path, *interrupted(parent))
        assert session(parent.pid) == []
