"""Runs: a spec in, a table out."""

from spectra.training.measurements import MEASUREMENTS, Loss, Measurement, Sharpness, StepGrid, Subject
from spectra.training.optimizers import OPTIMIZERS, SGD
from spectra.training.run import run
from spectra.training.spec import RESULTS_FORMAT, RegimeSpec, RunSpec

__all__ = [
    "MEASUREMENTS",
    "OPTIMIZERS",
    "RESULTS_FORMAT",
    "SGD",
    "Loss",
    "Measurement",
    "RegimeSpec",
    "RunSpec",
    "Sharpness",
    "StepGrid",
    "Subject",
    "run",
]
