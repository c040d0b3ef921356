"""Runs made in several processes beside this one."""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import wait

from spectra.engines.engine import Engine, Making, Pool
from spectra.engines.pace import estimated
from spectra.engines.piece import Ended, Piece
from spectra.engines.placing import CONTEXT, Load, memory_of, placed
from spectra.engines.worker_process import WorkerProcess

HANGS = 2.0
"""Seconds that a piece may go on after its time: a worker that is alive ends it itself and saves a checkpoint; one that
hangs is killed."""


def processes(count: int, *, devices: Sequence[str] = ("cpu",), cores: int | None = None) -> Engine:
    """Several cohorts at a time, each in a process of its own.

    A piece that kills its process, or hangs, costs itself and no other. No process outlives this one. The threads of
    all pieces under way are never more than the cores; on accelerators, neither is their memory more than there is.

    Args:
        count: Number of processes, at most.
        devices: Where tensors live; processes are dealt to them in turn.
        cores: Threads that may be busy at a time; None is one for each process or, if there are more, each core that
            this process may use.

    Returns:
        The engine. A script that uses it must be guarded by `if __name__ == "__main__":`, because every process
        imports the script.

    Raises:
        ValueError: If there is less than one process or core, or a device that is not there.
    """
    if count < 1:
        raise ValueError(f"{count} processes were asked for; at least one is needed")
    if cores is not None and cores < 1:
        raise ValueError(f"{cores} cores were given; at least one is needed")
    if not devices:
        raise ValueError('no device was given; for the processor give ("cpu",)')
    return _Processes(count, tuple(devices), max(count, usable_cores()) if cores is None else cores)


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class _Processes:
    count: int
    devices: tuple[str, ...]
    cores: int
    name: str = "processes"

    @property
    def device(self) -> str:
        return self.devices[0]

    @contextmanager
    def open(self, making: Making, most: int) -> Iterator[Pool]:
        capacity = memory_of(self.devices)
        devices = [self.devices[index % len(self.devices)] for index in range(max(1, min(self.count, most)))]
        pool = _Workers([WorkerProcess(making, device) for device in devices], making, self.cores, capacity)
        atexit.register(pool.kill)  # for the case that nobody closes the iterator of a sweep
        try:
            yield pool
        finally:
            pool.kill()
            atexit.unregister(pool.kill)


class _Workers:
    """The pool: one worker for each piece that can be under way."""

    def __init__(self, workers: Sequence[WorkerProcess], making: Making, cores: int, capacity: dict[str, int]) -> None:
        self._all, self._making, self._cores, self._capacity = workers, making, cores, capacity

    @property
    def workers(self) -> int:
        return min(len(self._all), self._cores)

    def fits(self, piece: Piece) -> bool:
        return self._device(piece) is not None

    def start(self, piece: Piece) -> None:
        device = self._device(piece)
        idle = [worker for worker in self._all if worker.piece is None and worker.device == device]
        worker = next((worker for worker in idle if worker.running), idle[0])
        worker.start(replace(piece, device=worker.device))

    def ended(self, wait_seconds: float) -> Sequence[Ended]:
        busy = [worker for worker in self._all if worker.piece is not None]
        if not all(worker.running for worker in busy):  # the interpreter ends, and has killed them all
            return [worker.give_up("its process was ended") for worker in busy]
        limits = [self._left(worker) for worker in busy]
        wait([worker.connection for worker in busy], max(0.0, min([wait_seconds, *limits])))
        found = []
        for worker in busy:
            ended = worker.heard()
            if ended is None and self._left(worker) <= 0:
                ended = worker.give_up(self._making.overtime)
            if ended is not None:
                found.append(ended)
        return found

    def stop(self) -> None:
        for worker in self._all:
            worker.stop()

    def kill(self) -> None:
        for worker in self._all:
            worker.kill()

    def _device(self, piece: Piece) -> str | None:
        """Where a piece has room; None if it has none now."""
        under_way = [worker.piece for worker in self._all if worker.piece is not None]
        threads = sum(_threads(other) for other in under_way)
        if under_way and threads + _threads(piece) > self._cores:
            return None
        loads = [Load(other.device, self._memory(other)) for other in under_way]
        idle = [worker.device for worker in self._all if worker.piece is None]
        return placed(self._memory(piece), idle, self._capacity, loads)

    def _memory(self, piece: Piece) -> int:
        """Bytes on an accelerator; the memory of the processor is the system's to divide."""
        foot = estimated(piece.specs[0]) if self._capacity else None
        return CONTEXT + len(piece.specs) * foot.memory if foot else 0

    def _left(self, worker: WorkerProcess) -> float:
        """Seconds until a worker must be taken to hang."""
        if self._making.timeout is None or worker.begun is None or worker.piece is None:
            return float("inf")
        return worker.begun + self._making.timeout * len(worker.piece.specs) + HANGS - time.monotonic()


def _threads(piece: Piece) -> int:
    return piece.specs[0].threads
