"""Runs: a spec in, a table out."""

import spectra.training.repeatable  # noqa: F401  before the first matrix product
from spectra.training.active_share import ActiveShare
from spectra.training.batch_curvature import BatchCurvature
from spectra.training.classification_error import ClassificationError
from spectra.training.classifying_directions import ClassifyingDirections
from spectra.training.cohort import Cohort
from spectra.training.cohort_shape import alone, most_members, shape
from spectra.training.course import Moment
from spectra.training.critical_step import CriticalStep
from spectra.training.curvature_part import CurvaturePart
from spectra.training.curvature_trace import CurvatureTrace
from spectra.training.density_quantile import DensityQuantile
from spectra.training.feature_dimension import FeatureDimension
from spectra.training.feature_orthogonality import FeatureOrthogonality
from spectra.training.footprint import Footprint, footprint
from spectra.training.infinite_kernel_distance import InfiniteKernelDistance
from spectra.training.kernel_alignment import KernelAlignment
from spectra.training.kernel_drift import KernelDrift
from spectra.training.kernel_eigenvalues import KernelEigenvalues
from spectra.training.kernel_test_error import KernelTestError
from spectra.training.kernel_trace import KernelTrace
from spectra.training.laplace_error import LaplaceError
from spectra.training.laplace_quality import LaplaceQuality
from spectra.training.layer_rank import JacobianRank, PerturbedRank
from spectra.training.layer_utilisation import LayerUtilisation
from spectra.training.limit_prediction import LimitPrediction
from spectra.training.loss import Loss
from spectra.training.measurements import MEASUREMENTS, Measurement
from spectra.training.member_state import MemberState
from spectra.training.mode_decay import ModeDecay
from spectra.training.mode_energy import ModeEnergy
from spectra.training.movement import KernelMovement, WeightMovement
from spectra.training.optimizers import OPTIMIZERS, SGD, Adam, AdamW, OptimizerSpec
from spectra.training.output_dependence import OutputDependence
from spectra.training.pseudo_kernel_error import PseudoKernelError
from spectra.training.ray_extrapolation import RayExtrapolation
from spectra.training.region_counts import ActivationDiversity, LinearRegions
from spectra.training.rehearsal import rehearse
from spectra.training.run import run, run_cohort
from spectra.training.sharpness import Sharpness
from spectra.training.spec import RESULTS_FORMAT, RegimeSpec, RunSpec
from spectra.training.spectral_density import SpectralDensity
from spectra.training.step_grid import StepGrid
from spectra.training.tangent_kernel import TangentKernel
from spectra.training.tracker import SharpnessTracker
from spectra.training.tracking import Tracking
from spectra.training.trainer_hooks import LightningTracker, TransformersTracker
from spectra.training.weight_spectra import WeightSpectra
from spectra.training.zonal_residual import ZonalResidual

__all__ = [
    "MEASUREMENTS",
    "OPTIMIZERS",
    "RESULTS_FORMAT",
    "SGD",
    "ActivationDiversity",
    "ActiveShare",
    "Adam",
    "AdamW",
    "BatchCurvature",
    "ClassificationError",
    "ClassifyingDirections",
    "Cohort",
    "CriticalStep",
    "CurvaturePart",
    "CurvatureTrace",
    "DensityQuantile",
    "FeatureDimension",
    "FeatureOrthogonality",
    "Footprint",
    "InfiniteKernelDistance",
    "JacobianRank",
    "KernelAlignment",
    "KernelDrift",
    "KernelEigenvalues",
    "KernelMovement",
    "KernelTestError",
    "KernelTrace",
    "LaplaceError",
    "LaplaceQuality",
    "LayerUtilisation",
    "LightningTracker",
    "LimitPrediction",
    "LinearRegions",
    "Loss",
    "Measurement",
    "MemberState",
    "ModeDecay",
    "ModeEnergy",
    "Moment",
    "OptimizerSpec",
    "OutputDependence",
    "PerturbedRank",
    "PseudoKernelError",
    "RayExtrapolation",
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
    "WeightSpectra",
    "ZonalResidual",
    "alone",
    "footprint",
    "most_members",
    "rehearse",
    "run",
    "run_cohort",
    "shape",
]
