"""Candidates in turn: whatever slows the machine for a while slows all of them."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence


def in_turn(works: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Every candidate once in each round; what each returned, by round."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            found[name].append(work())
            gc.collect()  # graphs that hang in cycles are not to weigh on the next candidate
    return found


def seconds(work: Callable[[], object]) -> Callable[[], float]:
    """A candidate for `in_turn`: the wall-clock time of one call."""

    def timed() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return timed


def per_second(
    work: Callable[[], object], units: int, *, lasting: float, ready: Callable[[], object] = lambda: None
) -> Callable[[], float]:
    """A candidate for `in_turn`: units of work done in a second.

    Args:
        work: Does some units.
        units: How many.
        lasting: Seconds for which it is repeated, at least twice.
        ready: Waits until the device has done what it was told.
    """

    def timed() -> float:
        work()  # the first call allocates
        ready()
        start, calls, spent = time.perf_counter(), 0, 0.0
        while calls < 2 or spent < lasting:
            work()
            ready()
            calls, spent = calls + 1, time.perf_counter() - start
        return units * calls / spent

    return timed


def ratio(first: Sequence[float], second: Sequence[float]) -> float:
    """Median over the rounds of the first over the second."""
    return statistics.median(a / b for a, b in zip(first, second, strict=True))


def markdown(heading: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """A table."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
