"""Sweeps: a recipe in, finished runs on disk.

Names are loaded when they are first used: a worker process sets the number of threads before torch is loaded.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# A module may not be loaded lazily under the name of its own function; this one is light.
from spectra.sweeps.sweep import Status, status, sweep

if TYPE_CHECKING:
    from spectra.sweeps.engine import Engine
    from spectra.sweeps.experiment import Experiment, read_experiment
    from spectra.sweeps.in_process import serial
    from spectra.sweeps.judge import Judge
    from spectra.sweeps.loaded import Loaded
    from spectra.sweeps.outcome import Outcome
    from spectra.sweeps.process_pool import processes
    from spectra.sweeps.ray_engine import ray
    from spectra.sweeps.slurm_engine import slurm
    from spectra.sweeps.store import RunStore

_HOME = {
    "Engine": "engine",
    "Experiment": "experiment",
    "Judge": "judge",
    "Loaded": "loaded",
    "Outcome": "outcome",
    "RunStore": "store",
    "processes": "process_pool",
    "ray": "ray_engine",
    "read_experiment": "experiment",
    "serial": "in_process",
    "slurm": "slurm_engine",
}

__all__ = [
    "Engine",
    "Experiment",
    "Judge",
    "Loaded",
    "Outcome",
    "RunStore",
    "Status",
    "processes",
    "ray",
    "read_experiment",
    "serial",
    "slurm",
    "status",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'spectra.sweeps' has no attribute {name!r}")
    return getattr(import_module(f"spectra.sweeps.{_HOME[name]}"), name)
