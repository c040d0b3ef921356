"""On which device a piece has room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch

CONTEXT = 2**29
"""Bytes that a process takes on an accelerator before it makes its first tensor. Provisional: not measured yet."""


@dataclass(frozen=True)
class Load:
    """What is under way on a device."""

    device: str
    memory: int  # bytes that the piece takes


def placed(need: int, idle: Iterable[str], capacity: Mapping[str, int], loads: Iterable[Load]) -> str | None:
    """The device with the most room among those that have a worker to spare.

    A piece that needs more than a device has gets one alone: its footprint is an estimate, and if it does not fit
    after all it is split.

    Args:
        need: Bytes that the piece takes.
        idle: Devices with a worker to spare.
        capacity: Bytes of each device; one that is not named, such as the processor, has room for whatever comes.
        loads: What is under way.

    Returns:
        A device, or None if there is room on none.
    """
    taken: dict[str, list[int]] = {}
    for load in loads:
        taken.setdefault(load.device, []).append(load.memory)

    def room(device: str) -> float:
        return capacity[device] - sum(taken.get(device, ())) if device in capacity else float("inf")

    fitting = [device for device in idle if room(device) >= need or not taken.get(device)]
    return max(fitting, key=room, default=None)


def devices(text: str) -> tuple[str, ...]:
    """Names of devices, from such as "cpu", "cuda", which is all GPUs, or "cuda:0,cuda:2".

    Raises:
        ValueError: If one is not there.
    """
    names = tuple(name.strip() for name in text.split(","))
    if names == ("cuda",):
        names = _present()[1:] or names
    memory_of(names)
    return names


def memory_of(names: Iterable[str]) -> dict[str, int]:
    """Bytes of each accelerator among some devices.

    Raises:
        ValueError: If a device is not there.
    """
    return {name: _memory(name) for name in dict.fromkeys(names) if name != "cpu"}


def _memory(device: str) -> int:
    if device not in _present():
        raise ValueError(f"there is no device {device!r} here; there are {', '.join(_present())}")
    return int(torch.cuda.get_device_properties(device).total_memory)


def _present() -> tuple[str, ...]:
    return ("cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count())))
