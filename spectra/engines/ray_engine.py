"""Runs made on the nodes of a Ray cluster."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from spectra.engines import ray_task
from spectra.engines.engine import Engine, Execute, Making, Pool
from spectra.engines.ray_cluster import Cluster, Demand
from spectra.engines.ray_pool import RayPool, Tasks

PATIENCE = 600.0
"""Seconds that a cluster has to grow, as one with an autoscaler does, when none of its nodes can hold a piece."""

ANSWER = 10.0
"""Seconds in which a cluster must accept a connection; asked by itself, Ray tries for more than three minutes."""


def ray(
    *,
    address: str | None = None,
    gpus_per_run: float | None = None,
    cpus_per_run: float | None = None,
    memory_per_run: float | None = None,
    results: str | None = None,
) -> Engine:
    """Tasks of Ray Core, one for each cohort, on all nodes of a cluster, which may grow and shrink meanwhile.

    The folder of the store must be one that all nodes share under one path; without one, `results` names an object
    store that workers write to, and this process takes finished runs from there into the store. There checkpoints are
    not shared, so that a run whose node is lost begins anew.

    Every node needs spectra, in the same version as here, with the same versions of Python and Ray; specs of your own
    must be importable there too. Specs travel to workers and outcomes back as pickles that Ray makes; nothing that is
    stored is a pickle. Whoever reaches the ports of a Ray cluster can run any code on it: use a trusted network.

    Args:
        address: Of the head, host:port, from a machine that is a node itself; "auto" is the cluster that runs here.
            None is RAY_ADDRESS, or else starts Ray on this machine alone for the time of the sweep. If this process is
            connected to a cluster already, that one is used.
        gpus_per_run: Part of a GPU that a cohort takes, at most one; a worker sees only its own GPU. None trains on the
            CPU.
        cpus_per_run: Cores that a cohort takes; None is one for each thread of its runs.
        memory_per_run: Memory of a run in GB; a task asks for that of all its runs together. Ray places tasks by it and
            does not enforce it. None does not count memory.
        results: URL of an object store for fsspec, such as s3://bucket/runs; None where the store is shared.

    Returns:
        The engine.

    Raises:
        ImportError: If Ray is not installed.
        ValueError: If a number or a URL is impossible.
    """
    package()
    for name, amount in (("GPUs", gpus_per_run), ("CPUs", cpus_per_run), ("GB of memory", memory_per_run)):
        if amount is not None and not 0 < amount < float("inf"):
            raise ValueError(f"{amount} {name} were asked for a run; give a positive number, or None")
    if gpus_per_run is not None and gpus_per_run > 1:
        raise ValueError(f"{gpus_per_run} GPUs were asked for a run, and a cohort trains on one; give at most 1")
    if results is not None and "://" not in results:
        raise ValueError(f"results {results!r} is no URL such as s3://bucket/runs; a shared folder is simply the store")
    if address is not None and address.startswith("ray://"):
        raise ValueError(
            f"{address} is for Ray Client; start the sweep on a node of the cluster, with host:port or auto"
        )
    return _Ray(address, Demand(cpus_per_run, gpus_per_run or 0, memory_per_run), results)


def package() -> Any:
    """The package Ray.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        return import_module("ray")
    except ImportError as error:
        raise ImportError(
            "the Ray engine needs Ray: pip install 'spectra-scaling[ray]', or choose another engine"
        ) from error


@dataclass(frozen=True)
class _Ray:
    address: str | None
    demand: Demand
    results: str | None
    execute: Execute = ray_task.execute
    name: str = "ray"

    @property
    def device(self) -> str:
        return "cuda" if self.demand.gpus else "cpu"

    @contextmanager
    def open(self, making: Making, most: int) -> Iterator[Pool]:
        """A pool; at the end its tasks are killed, and the connection is closed if it was made here.

        Raises:
            RuntimeError: If there is no cluster at the address.
            ValueError: If the store is not a folder.
        """
        if "://" in making.store:
            raise ValueError(f"the store {making.store} is no folder; give an object store as results, beside a folder")
        collect = _collector(self.results, making.store)
        collect()  # what a sweep that was killed has left there
        store = self.results or str(Path(making.store).resolve())  # workers have another working folder
        module = package()
        with _connected(module, self.address) as grows, closing(Cluster(module)) as cluster:
            patience = PATIENCE if grows else 0
            tasks = Tasks(self.demand, replace(making, store=store), most, patience, self.execute, collect)
            with closing(RayPool(module, cluster, tasks)) as pool:
                yield pool
        collect()


def _collector(results: str | None, folder: str) -> Callable[[], object]:
    """Takes what workers have put into an object store."""
    if results is None:
        return lambda: None
    from spectra.store.outbox import Outbox, collect
    from spectra.store.store import RunStore

    outbox, store = Outbox(results), RunStore(Path(folder))
    return lambda: collect(outbox, store)


@contextmanager
def _connected(module: Any, address: str | None) -> Iterator[bool]:
    """A connection to a cluster; yields whether it may grow."""
    if module.is_initialized():
        yield True
        return
    wanted = address or os.environ.get("RAY_ADDRESS") or "local"
    _check_answer(wanted)
    with _signals_kept(), _no_usage_reports():
        try:
            module.init(address=wanted, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        except ConnectionError as error:
            raise RuntimeError(f"there is no Ray cluster at {wanted}: {error}; start one: ray start --head") from error
    try:
        yield wanted != "local"
    finally:
        module.shutdown()


def _check_answer(address: str) -> None:
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit():  # auto, local
        return
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER).close()
    except OSError as error:
        raise RuntimeError(
            f"there is no Ray cluster at {address}: {error}; start one with `ray start --head`, or ask for its "
            "address with `ray status`"
        ) from error


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Ray installs a handler for SIGTERM of its own when it is connected; ours is put back."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread() and before is not None:
            signal.signal(signal.SIGTERM, before)


@contextmanager
def _no_usage_reports() -> Iterator[None]:
    """A Ray that is started here sends no statistics of its use, unless the user has chosen otherwise."""
    name = "RAY_USAGE_STATS_ENABLED"
    chosen = name in os.environ
    os.environ.setdefault(name, "0")
    try:
        yield
    finally:
        if not chosen:
            del os.environ[name]
