"""Runs: a spec in, a table out."""

from spectra.training.batch_curvature import BatchCurvature
from spectra.training.classification_error import ClassificationError
from spectra.training.cohort import Cohort
from spectra.training.cohort_shape import alone, most_members, shape
from spectra.training.course import Moment
from spectra.training.critical_step import CriticalStep
from spectra.training.curvature_part import CurvaturePart
from spectra.training.curvature_trace import CurvatureTrace
from spectra.training.density_quantile import DensityQuantile
from spectra.training.footprint import Footprint, footprint
from spectra.training.infinite_kernel_distance import InfiniteKernelDistance
from spectra.training.kernel_alignment import KernelAlignment
from spectra.training.kernel_drift import KernelDrift
from spectra.training.kernel_eigenvalues import KernelEigenvalues
from spectra.training.kernel_test_error import KernelTestError
from spectra.training.kernel_trace import KernelTrace
from spectra.training.measurements import MEASUREMENTS, Loss, Measurement, Sharpness
from spectra.training.member_state import MemberState
from spectra.training.mode_decay import ModeDecay
from spectra.training.mode_energy import ModeEnergy
from spectra.training.movement import KernelMovement, WeightMovement
from spectra.training.optimizers import OPTIMIZERS, SGD, Adam, AdamW, OptimizerSpec
from spectra.training.rehearsal import rehearse
from spectra.training.run import run, run_cohort
from spectra.training.spec import RESULTS_FORMAT, RegimeSpec, RunSpec
from spectra.training.spectral_density import SpectralDensity
from spectra.training.step_grid import StepGrid
from spectra.training.tangent_kernel import TangentKernel
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
    "BatchCurvature",
    "ClassificationError",
    "Cohort",
    "CriticalStep",
    "CurvaturePart",
    "CurvatureTrace",
    "DensityQuantile",
    "Footprint",
    "InfiniteKernelDistance",
    "KernelAlignment",
    "KernelDrift",
    "KernelEigenvalues",
    "KernelMovement",
    "KernelTestError",
    "KernelTrace",
    "LightningTracker",
    "Loss",
    "Measurement",
    "MemberState",
    "ModeDecay",
    "ModeEnergy",
    "Moment",
    "OptimizerSpec",
    "RegimeSpec",
    "RunSpec",
    "Sharpness",
    "SharpnessTracker",
    "SpectralDensity",
    "StepGrid",
    "TangentKernel",
    "Tracking",
    "TransformersTracker",
    "WeightMovement",
    "alone",
    "footprint",
    "most_members",
    "rehearse",
    "run",
    "run_cohort",
    "shape",
]
