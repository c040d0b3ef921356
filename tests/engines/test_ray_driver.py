"""Ray when the process that leads the sweep is interrupted or killed, or loses its cluster."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from spectra.engines.under_way import under_way
from spectra.sweeps import RunStore, status
from tests.engines.scripts import alive
from tests.sweeps.fake_data import tiny

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc; clusters on one machine are for Linux"),
]
ROOT = Path(__file__).parents[2]
STEPS = 200_000

ALONE = """
import sys
from spectra.sweeps import RunStore, sweep
from spectra.engines.ray_engine import ray
from tests.sweeps.fake_data import tiny

specs = [tiny(width=4, steps=STEPS), tiny(width=5, steps=STEPS)]
for outcome in sweep(specs, RunStore(sys.argv[1]), ray(address="local")):
    pass
"""

HEADLESS = """
import sys, time
from dataclasses import replace
from ray.cluster_utils import Cluster
from spectra.engines import ray_cluster
from spectra.engines.engine import Making
from spectra.engines.piece import Piece
from spectra.engines.ray_engine import ray
from tests.sweeps.fake_data import tiny
from tests.engines.ray_work import deaf

ray_cluster.SILENCE = 5.0
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
with replace(ray(address=cluster.address), execute=deaf).open(Making(sys.argv[1]), 10) as pool:
    pool.start(Piece((tiny(),)))
    pool.ended(1.0)
    cluster.head_node.kill_gcs_server()
    while True:
        pool.ended(1.0)
"""


@contextmanager
def leading(folder, script):
    """A process that leads a sweep; everything that it has started is in its session."""
    pytest.importorskip("ray")
    (folder / "script.py").write_text(script.replace("STEPS", str(STEPS)))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"}
    process = subprocess.Popen(
        [sys.executable, str(folder / "script.py"), str(folder / "runs")],
        env=environment, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        with process:
            yield process
    finally:
        for left in session(process.pid):
            os.kill(left, signal.SIGKILL)


def session(leader):
    """Living processes of a session."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            found.append(int(path.name))
    return found


def training(folder, seconds=120.0):
    """Who makes the two runs, once they are in the midst of it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        records = under_way(folder / "runs") if (folder / "runs").exists() else ()
        if len(records) == 2 and all(record.step > 0 for record in records):
            return {record.maker.pid for record in records}
        time.sleep(0.2)
    raise AssertionError("no run was begun")


def gone(processes, seconds):
    end = time.monotonic() + seconds
    while (left := [process for process in processes if alive(process)]) and time.monotonic() < end:
        time.sleep(0.1)
    return not left


def test_control_c_saves_checkpoints_and_leaves_no_process(tmp_path):
    with leading(tmp_path, ALONE) as leader:
        training(tmp_path)
        start = time.monotonic()
        os.killpg(leader.pid, signal.SIGINT)
        output, _ = leader.communicate(timeout=60)
        assert time.monotonic() - start < 30
        assert output.strip().endswith("KeyboardInterrupt")
        assert gone(session(leader.pid), 10)
    specs = [tiny(width=4, steps=STEPS), tiny(width=5, steps=STEPS)]
    assert all([*(tmp_path / "runs" / "work" / spec.identity).glob("*/state.json")] for spec in specs)
    assert status(specs, RunStore(tmp_path / "runs")).missing == tuple(specs)


def test_workers_end_with_a_leader_that_is_killed(tmp_path):
    with leading(tmp_path, ALONE) as leader:
        workers = training(tmp_path)
        leader.kill()
        assert gone(workers, 20)  # what else is left are services of Ray, which hold nothing and end with `ray stop`


def test_a_cluster_that_loses_its_head_is_an_error_that_says_so(tmp_path):
    with leading(tmp_path, HEADLESS) as leader:
        (tmp_path / "runs").mkdir()
        output, _ = leader.communicate(timeout=120)
    assert leader.returncode == 1
    assert "RuntimeError: the Ray cluster does not answer" in output
