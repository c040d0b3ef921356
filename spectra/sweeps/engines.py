"""Where runs are made: in this process, or in several beside it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from math import nan
from pathlib import Path
from typing import Protocol

from pebble import ProcessExpired, ProcessPool

from spectra.sweeps import worker
from spectra.sweeps.execute import execute
from spectra.sweeps.outcome import Outcome
from spectra.training import RunSpec

BREAKS = 3
"""A pool that breaks this often without one run in between will not come up at all."""

POLL = 1.0
"""Seconds after which a pool that has broken without a word is noticed."""


class Engine(Protocol):
    """Makes runs and stores them, each at least once, and says what became of each as it ends."""

    def __call__(self, specs: Sequence[RunSpec], folder: Path) -> Generator[Outcome]:
        """Outcomes of some runs in the order they end; closing the iterator ends the work."""


def serial(*, device: str = "cpu") -> Engine:
    """One run after the other in this process.

    Args:
        device: Where tensors live.

    Returns:
        The engine.
    """

    def outcomes(specs: Sequence[RunSpec], folder: Path) -> Generator[Outcome]:
        for spec in specs:
            yield execute(spec, folder, device)

    return outcomes


def processes(count: int, *, timeout: float | None = None, device: str = "cpu") -> Engine:
    """Several runs at a time, each alone in a process of its own while it lasts.

    A run that kills its process, or hangs, costs itself and no other. No process outlives this one.

    Args:
        count: Number of processes.
        timeout: Seconds of wall-clock time after which a run is stopped and counts as failed; None is never.
        device: Where tensors live.

    Returns:
        The engine. A script that uses it must be guarded by `if __name__ == "__main__":`, because every process
        imports the script.

    Raises:
        ValueError: If there is less than one process or no time.
    """
    if count < 1:
        raise ValueError(f"{count} processes were asked for; at least one is needed")
    if timeout is not None and not timeout > 0:
        raise ValueError(f"a timeout of {timeout} s was given; it must be positive, or None for no limit")

    def outcomes(specs: Sequence[RunSpec], folder: Path) -> Generator[Outcome]:
        waiting, breaks = list(specs), 0
        while waiting:
            before = len(waiting)
            yield from _until_broken(waiting, folder, count=count, timeout=timeout, device=device)
            breaks = breaks + 1 if len(waiting) == before else 0
            if breaks == BREAKS:
                raise RuntimeError(
                    f"worker processes ended {BREAKS} times before any run did; their output says why. A script that "
                    'starts workers must be guarded by if __name__ == "__main__":'
                )

    return outcomes


def _until_broken(
    waiting: list[RunSpec], folder: Path, *, count: int, timeout: float | None, device: str
) -> Iterator[Outcome]:
    """Outcomes of one pool, which are taken from the waiting; ends when none waits or when the pool breaks."""
    todo, running = iter(tuple(waiting)), dict[Future[Outcome], RunSpec]()
    with _pool(min(count, len(waiting)), threads=max(spec.threads for spec in waiting)) as pool:
        while pool.active:
            # No run is handed over before a process is free for it, so that whatever breaks concerns few of them.
            for spec in islice(todo, count - len(running)):
                try:
                    running[pool.schedule(execute, args=[spec, folder, device], timeout=timeout)] = spec
                except RuntimeError:  # the pool has just broken
                    return
            if not running:
                return
            for future in wait(running, timeout=POLL, return_when=FIRST_COMPLETED).done:
                spec = running.pop(future)
                outcome = _outcome(spec, future, timeout)
                if outcome is not None:
                    waiting.remove(spec)
                    yield outcome


def _outcome(spec: RunSpec, future: Future[Outcome], timeout: float | None) -> Outcome | None:
    """What a finished future says of its run; None if it only says that the pool is broken."""
    try:
        return future.result()
    except BrokenProcessPool:
        return None
    except FutureTimeoutError:
        return Outcome(spec, timeout or nan, error=f"did not finish within {timeout} s, and was stopped")
    except ProcessExpired as expired:
        return Outcome(spec, nan, error=f"its process died: {_death(expired.exitcode)}")


def _death(exitcode: int) -> str:
    if exitcode >= 0:
        return f"exit code {exitcode}"
    name = signal.Signals(-exitcode).name if -exitcode in set(signal.Signals) else f"signal {-exitcode}"
    return f"{name}, as when memory runs out" if name == "SIGKILL" else name


@contextmanager
def _pool(count: int, *, threads: int) -> Iterator[ProcessPool]:
    """A pool of fresh processes, all of which are ended at the end."""
    pool = ProcessPool(
        max_workers=count,
        initializer=worker.prepare,
        initargs=(os.getpid(), threads),
        context=multiprocessing.get_context("spawn"),
    )
    try:
        with _interrupts_kept_from_children():
            if not pool.active:  # asking starts it
                raise RuntimeError("worker processes cannot be started")
        yield pool
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


@contextmanager
def _interrupts_kept_from_children() -> Iterator[None]:
    """Ctrl-C reaches every process of a terminal; one that starts here does not see it, not even while it starts."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
