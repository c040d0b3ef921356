"""Costs in gradients: every time is divided by that of gradients taken just before and after it."""

from __future__ import annotations

import gc
import io
import statistics
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import torch
from workloads import Workload

REPEATED = 150
"""A computation that took more gradients than this is not repeated: the bench shall end within minutes."""


@dataclass
class Measured:
    """What the rounds of one candidate gave."""

    costs: list[float] = field(default_factory=list)  # in gradients
    results: list[Any] = field(default_factory=list)
    failure: str = ""  # first line of what it raised


def interleaved(
    workload: Workload, works: Mapping[str, Callable[[int], Any]], *, rounds: int, unit_repeats: int = 3
) -> dict[str, Measured]:
    """Every candidate once in each round, called with the number of the round.

    Args:
        workload: Whose gradient is the unit.
        works: Name -> function of the round.
        rounds: How often; a candidate that raised or took long is not called again.
        unit_repeats: Gradients before and after each call; the mean of both medians is its unit.

    Returns:
        Name -> costs and results, one for each call, and the reason if it raised.
    """
    measured = {name: Measured() for name in works}
    for turn in range(rounds):
        for name, work in works.items():
            entry = measured[name]
            if not entry.failure and not (entry.costs and max(entry.costs) > REPEATED):
                _run_once(entry, work, turn, lambda: gradient_seconds(workload, unit_repeats))
    return measured


def gradient_seconds(workload: Workload, repeats: int) -> float:
    """Median time of one gradient, forward and backward pass together."""
    parameters = list(workload.module.parameters())
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        torch.autograd.grad(workload.mean_loss(), parameters)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def quietly(work: Callable[[], Any]) -> Any:
    """The call without what libraries print and warn in it: the output is a table."""
    with redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return work()


def _run_once(entry: Measured, work: Callable[[int], Any], turn: int, unit: Callable[[], float]) -> None:
    before, start = unit(), time.perf_counter()
    try:
        entry.results.append(quietly(lambda: work(turn)))
    except Exception as error:
        entry.failure = f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}"
        return
    spent = time.perf_counter() - start
    entry.costs.append(2 * spent / (before + unit()))
    gc.collect()  # graphs that hang in cycles are not to weigh on the next candidate
