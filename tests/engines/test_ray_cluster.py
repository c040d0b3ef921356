"""Ray for real: a cluster of several nodes on this machine, whose processes and nodes are killed."""

import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from spectra.engines.piece import Piece
from spectra.engines.ray_engine import ray
from spectra.sweeps import RunStore, serial, status, sweep
from spectra.training import Loss, Sharpness, StepGrid
from tests.engines.ray_jobs import busy, disturb, fill, heard, notes, opened
from tests.engines.ray_work import deaf, faulty, full, noting
from tests.engines.scripts import alive, until
from tests.sweeps.fake_data import tiny

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc; clusters on one machine are for Linux"),
]
ROOT = Path(__file__).parents[2]

# A lost node is noticed within seconds instead of half a minute.
HEALTH = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 500,
    "health_check_failure_threshold": 3,
    "health_check_timeout_ms": 500,
}
NODE = {"num_cpus": 1, "num_gpus": 1, "object_store_memory": 100 * 2**20}


@pytest.fixture(scope="module")
def cluster():
    """A head without cores, and two nodes with a core and a GPU that nobody looks for."""
    pytest.importorskip("ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", str(ROOT))  # as on a node where this code is installed
        from ray.cluster_utils import Cluster

        before = signal.getsignal(signal.SIGTERM)
        head = {**NODE, "num_cpus": 0, "num_gpus": 0, "include_dashboard": False, "_system_config": HEALTH}
        made = Cluster(initialize_head=True, head_node_args=head)
        for _ in range(2):
            made.add_node(**NODE)
        yield made
        made.shutdown()
        signal.signal(signal.SIGTERM, before)


def test_pieces_share_a_pretended_gpu_and_have_their_threads(cluster, tmp_path):
    with opened(cluster, tmp_path, noting, gpus_per_run=0.25, cpus_per_run=0.25) as pool:
        assert pool.workers == 8
        for seed in range(4):
            pool.start(Piece((tiny(seed),)))
        facts = notes(tmp_path, 4)
        (tmp_path / "go").touch()
        assert [ended.missing for ended in heard(pool, 4)] == [()] * 4
    for fact in facts:
        assert (fact["device"], fact["CUDA_VISIBLE_DEVICES"], fact["OMP_NUM_THREADS"]) == ("cuda", "0", "1")
    assert len({fact["pid"] for fact in facts}) == 4


def test_stopping_lets_what_runs_end_by_itself_and_cancels_what_waits(cluster, tmp_path):
    with opened(cluster, tmp_path, noting) as pool:
        assert fill(pool) == 3
        notes(tmp_path, 2)
        start = time.monotonic()
        pool.stop()
        ended = heard(pool, 3)
        assert time.monotonic() - start < 5
    assert [one.stopped for one in ended] == [True] * 3
    assert sorted(one.lost for one in ended) == ["it was asked", "it was asked", "its task was cancelled"]


def test_closing_kills_what_does_not_listen(cluster, tmp_path):
    with opened(cluster, tmp_path, deaf) as pool:
        fill(pool)
        workers = [note["pid"] for note in notes(tmp_path, 2)]
        pool.stop()
        assert pool.ended(2.0) == () or all(one.lost == "its task was cancelled" for one in pool.ended(0))
    until(lambda: not any(map(alive, workers)), 10)


def test_a_process_that_is_killed_costs_its_piece_and_no_other(cluster, tmp_path):
    with opened(cluster, tmp_path, noting) as pool:
        fill(pool)
        os.kill(notes(tmp_path, 2)[0]["pid"], signal.SIGKILL)
        (ended,) = heard(pool, 1)
        assert (ended.lost, ended.guilty, ended.stopped, len(ended.missing)) == ("its process died", False, False, 1)
        (tmp_path / "go").touch()
        assert [one.lost for one in heard(pool, 2)] == [None] * 2


def test_a_process_that_hangs_is_ended_from_within(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr("spectra.engines.ray_pool.SLACK", 1.0)
    with opened(cluster, tmp_path, deaf, timeout=1.0) as pool:
        pool.start(Piece((tiny(),)))
        (ended,) = heard(pool, 1, seconds=20)
    assert (ended.lost, ended.guilty) == ("did not finish within 1.0 s, and was stopped", True)


def test_a_node_that_is_lost_costs_its_piece_and_one_that_comes_gets_work(cluster, tmp_path):
    with opened(cluster, tmp_path, noting) as pool:
        fill(pool)
        notes(tmp_path, 2)
        lost = next(node for node in reversed([*cluster.worker_nodes]) if busy(node))
        cluster.remove_node(lost, allow_graceful=False)
        (ended,) = heard(pool, 1)
        assert (ended.lost, ended.guilty) == ("its node was lost", False)
        time.sleep(3)  # until the pool has looked again
        assert not pool.fits(ended.piece)  # one runs, one waits
        cluster.add_node(**NODE)
        notes(tmp_path, 3)
        (tmp_path / "go").touch()
        assert [one.lost for one in heard(pool, 2)] == [None] * 2


def test_a_full_disk_ends_a_sweep_and_a_fault_of_ours_costs_one_piece(cluster, tmp_path):
    with opened(cluster, tmp_path, full) as pool:
        pool.start(Piece((tiny(),)))
        with pytest.raises(OSError, match="no space left"):
            heard(pool, 1)
    with opened(cluster, tmp_path, faulty) as pool:
        pool.start(Piece((tiny(),)))
        (ended,) = heard(pool, 1)
    assert (ended.lost, ended.guilty) == ("AssertionError: this cannot be", True)
    assert "in faulty" in ended.traceback


def many(count):
    """Runs of some shapes, a quarter of a second for five of them."""
    grid = StepGrid(every=100)
    measured = (Loss(grid), Sharpness("effective_sharpness", grid, examples=16))
    specs = [tiny(seed, width=4 + index, steps=200) for index in range(count // 5) for seed in range(5)]
    return [replace(spec, measurements=measured) for spec in specs]


def equal(specs, store, other):
    pd.testing.assert_frame_equal(store.load(specs).table, other.load(specs).table, check_exact=True)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    specs, store = many(200), RunStore(tmp_path_factory.mktemp("serial") / "runs")
    assert all(outcome.error is None for outcome in sweep(specs, store, serial()))
    return specs, store


def test_two_nodes_give_the_bits_of_one_process(cluster, undisturbed, tmp_path):
    specs, expected = undisturbed
    store = RunStore(tmp_path / "runs")
    outcomes = [*sweep(specs, store, ray(address=cluster.address))]
    assert len(outcomes) == len(specs)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    equal(specs, store, expected)


def test_runs_come_home_through_an_object_store(cluster, undisturbed, tmp_path):
    specs, expected = undisturbed[0][:40], undisturbed[1]
    url, store = f"file://{tmp_path / 'bucket'}", RunStore(tmp_path / "runs")
    outcomes = [*sweep(specs, store, ray(address=cluster.address, results=url))]
    assert [outcome.error for outcome in outcomes] == [None] * len(specs)
    equal(specs, store, expected)
    assert [*(tmp_path / "bucket").iterdir()] == []


def test_ten_dead_processes_and_a_lost_node_lose_nothing(cluster, undisturbed, tmp_path):
    specs, expected = undisturbed
    store, faults = RunStore(tmp_path / "runs"), []
    over = threading.Event()
    trouble = threading.Thread(target=disturb, args=(cluster, store.folder, over, faults))
    trouble.start()
    outcomes, nodes = [], 2
    for outcome in sweep(specs, store, ray(address=cluster.address)):
        outcomes.append(outcome)
        if "node" in faults and nodes == 2:  # here, because Ray starts nodes from the main thread alone
            nodes += bool(cluster.add_node(**NODE))
    over.set()
    trouble.join()
    assert faults.count("process") == 10
    assert faults.count("node") == 1
    assert sorted(outcome.spec.identity for outcome in outcomes) == sorted(spec.identity for spec in specs)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    equal(specs, store, expected)
    state = status(specs, store)
    assert (len(state.done), state.failed, state.damages) == (200, (), ())
