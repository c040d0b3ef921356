"""Where `spectra run` makes runs: its options, and the engine that they describe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spectra.sweeps import Engine

UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


class EngineName(Enum):
    """Which engine."""

    PROCESSES = "processes"
    SERIAL = "serial"
    RAY = "ray"
    SLURM = "slurm"


@dataclass(frozen=True)
class EngineChoice:
    """The options of `spectra run` that say where runs are made; None where nothing was said.

    Attributes:
        name: Which engine.
        workers: Most pieces at a time.
        device: Where tensors live: cpu, cuda for all GPUs, or several names with commas between them.
        address: Of a Ray cluster.
        results: URL of an object store to which workers of Ray write.
        gpus_per_run: Part of a GPU that a cohort takes on a cluster.
        partition: Of Slurm.
        minutes: Time limit of a job of Slurm.
    """

    name: EngineName
    workers: int | None = None
    device: str | None = None
    address: str | None = None
    results: str | None = None
    gpus_per_run: float | None = None
    partition: str | None = None
    minutes: int | None = None


OPTIONS = {
    EngineName.PROCESSES: {"workers", "device"},
    EngineName.SERIAL: {"device"},
    EngineName.RAY: {"address", "results", "gpus_per_run"},
    EngineName.SLURM: {"workers", "gpus_per_run", "partition", "minutes"},
}


def byte_count(text: str) -> int:
    """Bytes, from such as "1GiB", "500 MB" or "2g", which is 2 GB.

    Raises:
        ValueError: If it is no amount of memory.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", text)
    sizes = {name.lower().removesuffix(end): size for end in ("b", "") for name, size in UNITS.items()}
    count = float(found[1]) * sizes.get(found[2].lower(), 0) if found else 0.0
    if not 1 <= count < inf:
        raise ValueError(
            f"--memory {text!r} is no amount of memory; give a number and one of {', '.join(UNITS)}, such as 1GiB"
        )
    return int(count)


def chosen_engine(choice: EngineChoice) -> Engine:
    """The engine that some options describe.

    Raises:
        ValueError: If an option does not belong to the engine, or is impossible.
        ImportError: If a package of the engine is not installed; the message names it.
    """
    given = {name: value for name, value in vars(choice).items() if value is not None and name != "name"}
    for name in given.keys() - OPTIONS[choice.name]:
        engines = " and ".join(engine.value for engine, names in OPTIONS.items() if name in names)
        raise ValueError(
            f"--{name.replace('_', '-')} belongs to the engine {engines}, and {choice.name.value} was chosen; leave "
            "the option out, or choose the other with --engine"
        )
    if choice.name is EngineName.RAY:
        from spectra.engines.ray_engine import ray

        return ray(**given)
    if choice.name is EngineName.SLURM:
        return _slurm(given)
    return _here(choice)


def _slurm(given: dict[str, Any]) -> Engine:
    from spectra.engines.slurm_engine import slurm

    if "workers" in given:
        given["most"] = given.pop("workers")
    gpus = float(given.get("gpus_per_run", 1))
    if not gpus.is_integer():
        raise ValueError(f"{gpus} GPUs were asked for a run, and Slurm gives whole ones; give a whole number")
    try:
        return slurm(**{**given, "gpus_per_run": int(gpus)} if "gpus_per_run" in given else given)
    except RuntimeError as error:  # its commands are not on this machine
        raise ValueError(str(error)) from error


def _here(choice: EngineChoice) -> Engine:
    from spectra.engines.in_process import serial
    from spectra.engines.placing import devices
    from spectra.engines.process_pool import processes, usable_cores

    names = devices(choice.device or "cpu")
    if choice.name is EngineName.PROCESSES:
        return processes(choice.workers or usable_cores(), devices=names)
    if len(names) > 1:
        raise ValueError(f"the engine serial uses one device, and {', '.join(names)} were given; name one of them")
    return serial(device=names[0])
