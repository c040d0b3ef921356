"""Runs: a spec in, a table out."""

from spectra.training.measurements import MEASUREMENTS, Loss, Measurement, Sharpness, StepGrid, Subject
from spectra.training.optimizers import OPTIMIZERS, SGD, Adam, AdamW, OptimizerSpec
from spectra.training.rehearsal import rehearse
from spectra.training.run import run
from spectra.training.spec import RESULTS_FORMAT, RegimeSpec, RunSpec
from spectra.training.tracker import SharpnessTracker
from spectra.training.tracking import Tracking
from spectra.training.trainer_hooks import LightningTracker, TransformersTracker

__all__ = [
    "MEASUREMENTS",
    "OPTIMIZERS",
    "RESULTS_FORMAT",
    "SGD",
    "Adam",
    "AdamW",
    "LightningTracker",
    "Loss",
    "Measurement",
    "OptimizerSpec",
    "RegimeSpec",
    "RunSpec",
    "Sharpness",
    "SharpnessTracker",
    "StepGrid",
    "Subject",
    "Tracking",
    "TransformersTracker",
    "rehearse",
    "run",
]
