"""What is measured along a run, as specs on a grid of steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, get_args, get_type_hints, runtime_checkable

import torch

from spectra.training.active_share import ActiveShare
from spectra.training.batch_curvature import BatchCurvature
from spectra.training.classification_error import ClassificationError
from spectra.training.classifying_directions import ClassifyingDirections
from spectra.training.critical_step import CriticalStep
from spectra.training.curvature_part import CurvaturePart
from spectra.training.curvature_trace import CurvatureTrace
from spectra.training.density_quantile import DensityQuantile
from spectra.training.feature_dimension import FeatureDimension
from spectra.training.feature_orthogonality import FeatureOrthogonality
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
from spectra.training.mode_decay import ModeDecay
from spectra.training.mode_energy import ModeEnergy
from spectra.training.movement import KernelMovement, WeightMovement
from spectra.training.output_dependence import OutputDependence
from spectra.training.pseudo_kernel_error import PseudoKernelError
from spectra.training.ray_extrapolation import RayExtrapolation
from spectra.training.region_counts import ActivationDiversity, LinearRegions
from spectra.training.rows import Memory, Values
from spectra.training.sharpness import Sharpness
from spectra.training.spectral_density import SpectralDensity
from spectra.training.step_grid import StepGrid
from spectra.training.tangent_kernel import TangentKernel
from spectra.training.weight_spectra import WeightSpectra
from spectra.training.zonal_residual import ZonalResidual

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort


@runtime_checkable
class Measurement(Protocol):
    """A frozen dataclass of plain values that measures at the steps of its grid."""

    @property
    def kind(self) -> str:
        """Its name in a recipe."""

    @property
    def grid(self) -> StepGrid:
        """The steps at which it is taken."""

    @property
    def quantity(self) -> str:
        """What it measures, as named in the table; what only accompanies it has names that begin with this one."""

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:
        """Take the measurement of every member now.

        Args:
            cohort: The K members at some step; `cohort.module(k)` is one of them as a module. It is left as it is.
            memory: What this measurement put there the time before, empty at first, for example vectors to start warm.
            generators: Random streams, one for each member, for start vectors and probes.

        Returns:
            The values of each member.
        """


SPECS: tuple[type, ...] = (
    Loss,
    ClassificationError,
    Sharpness,
    CurvaturePart,
    CurvatureTrace,
    DensityQuantile,
    SpectralDensity,
    CriticalStep,
    BatchCurvature,
    TangentKernel,
    KernelEigenvalues,
    KernelTestError,
    KernelTrace,
    KernelAlignment,
    KernelDrift,
    KernelMovement,
    InfiniteKernelDistance,
    LaplaceQuality,
    LaplaceError,
    LimitPrediction,
    LayerUtilisation,
    ModeDecay,
    ModeEnergy,
    PseudoKernelError,
    RayExtrapolation,
    WeightMovement,
    WeightSpectra,
    ActiveShare,
    ZonalResidual,
    FeatureOrthogonality,
    FeatureDimension,
    JacobianRank,
    PerturbedRank,
    ClassifyingDirections,
    OutputDependence,
    LinearRegions,
    ActivationDiversity,
)
"""Every measurement, as the class that a recipe makes of its section."""

MEASUREMENTS = {kind: spec for spec in SPECS for kind in get_args(get_type_hints(spec)["kind"])}
"""Every kind of measurement, with the spec that it is a kind of."""
