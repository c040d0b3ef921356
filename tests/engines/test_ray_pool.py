"""How pieces become tasks of Ray and back again, against a package that only pretends to be Ray."""

import math
import time
from collections import Counter
from dataclasses import replace

import pytest

from spectra.engines import ray_cluster, ray_pool
from spectra.engines.engine import Making
from spectra.engines.piece import Piece
from spectra.engines.ray_cluster import GB, Cluster, Demand, Share, occupied
from spectra.engines.ray_pool import RayPool, Tasks
from tests.engines.pretended_ray import Pretended, RayError, raised
from tests.engines.ray_work import quick
from tests.sweeps.fake_data import tiny

MAKING = Making("/store")
SMALL, LARGE = {"CPU": 2.0, "memory": 4.0 * GB}, {"CPU": 8.0, "GPU": 2.0, "memory": 64.0 * GB}


@pytest.fixture
def pool_on(monkeypatch):
    monkeypatch.setattr(ray_cluster, "LOOK", 0.01)
    clusters = []

    def pool(package, *, making=MAKING, most=100, patience=0.0, **demand):
        clusters.append(Cluster(package))
        wanted = Demand(**({"cpus": None, "gpus": 0, "memory": None} | demand))
        return RayPool(package, clusters[-1], Tasks(wanted, making, most, patience, quick, list))

    yield pool
    for cluster in clusters:
        cluster.close()


def piece(members=1, threads=1):
    return Piece(tuple(replace(tiny(seed), threads=threads) for seed in range(members)))


def started(pool, most=99):
    """How many pieces a pool takes."""
    count = 0
    while count < most and pool.fits(piece()):
        pool.start(piece())
        count += 1
    return count


def test_a_piece_takes_its_threads_and_the_memory_of_all_its_runs():
    assert Demand(None, 0, 1.5).share(piece(members=4, threads=3)) == Share(3, 0, 6 * GB)
    assert Demand(0.5, 0.25, None).share(piece(members=4, threads=3)) == Share(0.5, 0.25, 0)


@pytest.mark.parametrize(
    ("share", "slots"),
    [
        (Share(1, 0, 0), 10), (Share(3, 0, 0), 2), (Share(1, 0, 2 * GB), 10), (Share(1, 0, 3 * GB), 9),
        (Share(0.5, 0.25, 0), 8), (Share(1, 0.1, 0), 8), (Share(0.1, 0.1, 0), 20), (Share(1, 1, 0), 2),
        (Share(9, 0, 0), 0), (Share(1, 0, 65 * GB), 0),
    ],
)  # fmt: skip
def test_nodes_hold_whole_pieces(share, slots):
    assert share.slots([SMALL, LARGE]) == slots


def test_pieces_of_several_sizes_fill_nodes_together():
    shares = Counter({Share(1, 0, 0): 5, Share(4, 0, 0): 1})
    assert occupied(shares, [SMALL, LARGE]) == pytest.approx(5 / 10 + 1 / 2)
    assert occupied(Counter([Share(9, 0, 0)]), [SMALL, LARGE]) == math.inf
    assert occupied(Counter(), []) == 0


def test_a_pool_takes_what_runs_and_one_that_waits_and_follows_the_cluster(pool_on):
    package = Pretended(SMALL, LARGE)
    pool = pool_on(package)
    assert (pool.workers, started(pool)) == (10, 11)
    package.resources.append(SMALL)
    time.sleep(0.1)
    assert (pool.workers, started(pool)) == (12, 2)
    package.resources[1] = None
    time.sleep(0.1)
    assert (pool.workers, started(pool)) == (4, 0)
    assert started(pool_on(package, most=3)) == 3


def test_a_worker_has_its_threads_before_it_loads_torch_and_ray_never_retries(pool_on):
    package = Pretended(LARGE)
    pool_on(package, gpus=0.25, memory=2.0).start(piece(members=2, threads=3))
    (options,) = package.options
    _, placed, making, limit = options["arguments"]
    assert (options["num_cpus"], options["num_gpus"], options["memory"], options["max_retries"]) == (3, 0.25, 4 * GB, 0)
    assert set(options["runtime_env"]["env_vars"].values()) == {"3"}
    assert "OMP_NUM_THREADS" in options["runtime_env"]["env_vars"]
    assert (placed.device, placed.specs, making, limit) == ("cuda", piece(2, 3).specs, MAKING, None)
    pool_on(package).start(piece())
    assert package.options[-1]["arguments"][1].device == "cpu"
    assert "memory" not in package.options[-1]


@pytest.mark.parametrize(
    ("error", "lost", "guilty", "stopped"),
    [
        (raised("WorkerCrashedError"), "its process died", False, False),
        (raised("NodeDiedError"), "its node was lost", False, False),
        (raised("LocalRayletDiedError"), "its node was lost", False, False),
        (raised("OwnerDiedError", parent=type("ObjectLostError", (RayError,), {})), "its node was lost", False, False),
        (raised("OutOfMemoryError"), "its node ran out of memory", True, False),
        (raised("TaskCancelledError"), "its task was cancelled", False, True),
    ],
)
def test_what_ray_raises_tells_whose_fault_it_was(pool_on, error, lost, guilty, stopped):
    package = Pretended(SMALL)
    pool = pool_on(package)
    pool.start(piece(2))
    package.results[1] = error
    (ended,) = pool.ended(0)
    assert ended.lost.startswith(lost)
    assert (ended.guilty, ended.stopped, ended.missing) == (guilty, stopped, piece(2).specs)
    assert pool.ended(0) == ()


def test_a_process_that_died_when_its_time_was_over_had_hung(pool_on, monkeypatch):
    monkeypatch.setattr(ray_pool, "SLACK", 0.02)
    package = Pretended(SMALL)
    pool = pool_on(package, making=Making("/store", timeout=0.01))
    pool.start(piece(2))
    assert package.options[0]["arguments"][3] == 0.04
    time.sleep(0.05)
    package.results[1] = raised("WorkerCrashedError")
    (ended,) = pool.ended(0)
    assert ended.guilty
    assert "did not finish within" in ended.lost


def test_a_store_that_fails_ends_the_sweep_and_so_do_workers_without_the_code(pool_on):
    package = Pretended(SMALL)
    pool = pool_on(package)
    pool.start(piece())
    pool.start(piece())
    package.results[1] = raised("RayTaskError", cause=OSError(28, "no space left on device"))
    with pytest.raises(OSError, match="no space left"):
        pool.ended(0)
    package.results[2] = raised("RayTaskError", cause=RayError("No module named 'spectra'\nand much more"))
    with pytest.raises(RuntimeError, match=r"No module named 'spectra'\. Every node needs spectra"):
        pool.ended(0)


def test_a_piece_that_no_node_can_hold_waits_alone_for_one_and_not_for_ever(pool_on):
    package = Pretended(SMALL)
    pool = pool_on(package, gpus=0.5, patience=0.2)
    assert started(pool) == 1
    assert pool.ended(0) == ()
    time.sleep(0.2)
    with pytest.raises(RuntimeError, match=r"asks for 1 CPU, 0\.5 GPU, 0 GB, and .* \(they have 2 CPU, 0 GPU, 4 GB"):
        pool.ended(0)
    package.resources.append(LARGE)
    time.sleep(0.1)
    assert pool.ended(0) == ()
    assert started(pool) == 4


def test_a_cluster_that_is_silent_or_has_lost_this_machine_is_an_error(pool_on, monkeypatch):
    package = Pretended(SMALL, LARGE)
    pool = pool_on(package)
    package.resources[0] = None
    time.sleep(0.1)
    with pytest.raises(RuntimeError, match="has lost the node on this machine"):
        pool.fits(piece())
    monkeypatch.setattr(package, "nodes", lambda: 1 / 0)
    monkeypatch.setattr(ray_cluster, "SILENCE", 0.05)
    time.sleep(0.1)
    with pytest.raises(RuntimeError, match="does not answer"):
        pool.fits(piece())


def test_stopping_asks_and_closing_insists(pool_on):
    package = Pretended(SMALL)
    pool = pool_on(package)
    assert started(pool) == 3
    pool.stop()
    assert package.cancelled == [(1, False), (2, False), (3, False)]
    pool.close()
    assert package.cancelled[3:] == [(1, True), (2, True), (3, True)]
