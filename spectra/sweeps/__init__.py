"""Sweeps: a recipe in, finished runs on disk.

Names are loaded when they are first used: a worker process sets the number of threads before torch is loaded.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# A module may not be loaded lazily under the name of its own function; this one is light.
from spectra.sweeps.sweep import Status, status, sweep

if TYPE_CHECKING:
    from spectra.engines.engine import Engine
    from spectra.engines.in_process import serial
    from spectra.engines.outcome import Outcome
    from spectra.engines.process_pool import processes
    from spectra.engines.ray_engine import ray
    from spectra.engines.slurm_engine import slurm
    from spectra.store.export import export
    from spectra.store.loaded import Loaded
    from spectra.store.store import RunStore
    from spectra.sweeps.experiment import Experiment, read_experiment
    from spectra.sweeps.judge import Judge
    from spectra.sweeps.sink_feed import log_all, logged
    from spectra.sweeps.sinks import Sink, read_sinks

_HOME = {
    "Engine": "engines.engine",
    "Experiment": "sweeps.experiment",
    "Judge": "sweeps.judge",
    "Loaded": "store.loaded",
    "Outcome": "engines.outcome",
    "RunStore": "store.store",
    "Sink": "sweeps.sinks",
    "export": "store.export",
    "log_all": "sweeps.sink_feed",
    "logged": "sweeps.sink_feed",
    "processes": "engines.process_pool",
    "ray": "engines.ray_engine",
    "read_experiment": "sweeps.experiment",
    "read_sinks": "sweeps.sinks",
    "serial": "engines.in_process",
    "slurm": "engines.slurm_engine",
}

__all__ = [
    "Engine",
    "Experiment",
    "Judge",
    "Loaded",
    "Outcome",
    "RunStore",
    "Sink",
    "Status",
    "export",
    "log_all",
    "logged",
    "processes",
    "ray",
    "read_experiment",
    "read_sinks",
    "serial",
    "slurm",
    "status",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'spectra.sweeps' has no attribute {name!r}")
    return getattr(import_module(f"spectra.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """The public names, also those that are not loaded yet: notebooks complete from these."""
    return __all__
