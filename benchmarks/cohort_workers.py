"""What a whole machine gives: one process with all threads, or one process for each core."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from threading import Barrier
from typing import Any

import torch
from cohort_programs import Task, plain_programs, stack_programs

MODEL = "residual_mlp"
MEMBERS = 16
"""Of a cohort, or as many as the library would put together if these are fewer."""

WAYS = (("plain", 1, 1), ("plain", 1, 2), ("plain", 2, 1), ("cohort", 1, 1), ("cohort", 2, 1))
"""Program, workers, threads of each. More threads than cores in all would measure how they get in each other's way."""


@dataclass(frozen=True)
class Timing:
    """How each way is timed."""

    widths: tuple[int, ...] = (32, 64, 128, 256, 512)
    rounds: int = 3
    seconds: float = 0.25  # of one timing


def worker_rows(timing: Timing) -> Iterator[tuple[Any, ...]]:
    """Model, width, quantity, program, members, workers, threads and units per second of all workers together."""
    cores = os.cpu_count() or 1
    for program, workers, threads in (way for way in WAYS if way[1] * way[2] <= cores):
        for (width, kind), rate in _together(program, workers, threads, timing).items():
            yield MODEL, width, f"machine {kind}", program, _task(width, program).members, workers, threads, rate


def _task(width: int, program: str) -> Task:
    one = Task(MODEL, width, 1)
    return one if program == "plain" else replace(one, members=min(MEMBERS, one.most))


def _together(program: str, workers: int, threads: int, timing: Timing) -> dict[tuple[int, str], float]:
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(workers, mp_context=context) as pool:
        barrier = manager.Barrier(workers)
        running = [pool.submit(_measure, program, threads, timing, barrier) for _ in range(workers)]
        found = [one.result() for one in running]
    return {key: sum(each[key] for each in found) for key in found[0]}


def _measure(program: str, threads: int, timing: Timing, barrier: Barrier) -> dict[tuple[int, str], float]:
    torch.set_num_threads(threads)
    rates = {}
    for width in timing.widths:
        task = _task(width, program)
        programs = (stack_programs if program == "cohort" else plain_programs)(task)
        for kind, work in programs.items():
            work()
            turns = (_rate(work, task.members, timing.seconds, barrier) for _ in range(timing.rounds))
            rates[width, kind] = statistics.median(turns)
    return rates


def _rate(work: Callable[[], object], units: int, lasting: float, barrier: Barrier) -> float:
    barrier.wait(timeout=300)  # all begin together, so that none has the machine to itself
    start, calls = time.perf_counter(), 0
    while time.perf_counter() - start < lasting or calls < 2:
        work()
        calls += 1
    return units * calls / (time.perf_counter() - start)
