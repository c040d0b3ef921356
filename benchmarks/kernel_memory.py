"""The most memory that tensors take during a call, as torch itself counts it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

from torch import Tensor
from torch.profiler import ProfilerActivity, profile


def free_bytes() -> int:
    """Memory that a process could take without swapping. Linux only."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))


def peak_bytes(work: Callable[[], Tensor]) -> tuple[Tensor, int]:
    """What a call returns, and the largest sum of the tensors on the CPU that it made and still held."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        found = work()
    events = [event for event in profiled.profiler.kineto_results.events() if event.name() == "[memory]"]
    ordered = sorted(events, key=lambda event: event.start_ns())
    return found, max(accumulate(event.nbytes() for event in ordered))
