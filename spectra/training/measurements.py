"""What is measured along a run, as specs on a grid of steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Annotated, Literal, Protocol, get_args, get_type_hints, runtime_checkable

import torch
from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from spectra.eigen import stacked_eigenpairs
from spectra.training.active_share import ActiveShare
from spectra.training.batch_curvature import BatchCurvature
from spectra.training.classification_error import ClassificationError
from spectra.training.classifying_directions import ClassifyingDirections
from spectra.training.critical_step import CriticalStep
from spectra.training.curvature_part import CurvaturePart
from spectra.training.curvature_trace import CurvatureTrace
from spectra.training.density_quantile import DensityQuantile
from spectra.training.eigenvalue_rows import Memory, Values, eigenvalue_rows
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
from spectra.training.member_curvature import effective_hessians, hessians
from spectra.training.mode_decay import ModeDecay
from spectra.training.mode_energy import ModeEnergy
from spectra.training.movement import KernelMovement, WeightMovement
from spectra.training.output_dependence import OutputDependence
from spectra.training.plain_settings import ADDED
from spectra.training.pseudo_kernel_error import PseudoKernelError
from spectra.training.ray_extrapolation import RayExtrapolation
from spectra.training.region_counts import ActivationDiversity, LinearRegions
from spectra.training.spectral_density import SpectralDensity
from spectra.training.split_examples import Split, split_examples, split_quantity
from spectra.training.step_grid import StepGrid
from spectra.training.tangent_kernel import TangentKernel
from spectra.training.weight_spectra import WeightSpectra
from spectra.training.zonal_residual import ZonalResidual

if TYPE_CHECKING:
    from spectra.training.cohort import Cohort

__all__ = ["MEASUREMENTS", "STRICT", "Loss", "Measurement", "Memory", "Sharpness", "Values", "eigenvalue_rows"]

STRICT = ConfigDict(extra="forbid")


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


@dataclass(frozen=True, config=STRICT)
class Loss:
    """Mean loss on a fixed set of examples: `loss` on the training set, `test_loss` on the test set.

    Attributes:
        grid: When.
        split: On which examples.
        examples: How many of them, the first; None is all.
    """

    grid: StepGrid
    split: Split = "train"
    examples: PositiveInt | None = None
    kind: Literal["loss"] = "loss"

    @property
    def quantity(self) -> str:
        """`loss` or `test_loss`."""
        return split_quantity(self.kind, self.split)

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:  # noqa: ARG002
        """Mean loss of every member."""
        losses = cohort.mean_loss(*split_examples(cohort.dataset, self.split, self.examples))
        return [[(self.quantity, 0, value)] for value in losses.tolist()]


@dataclass(frozen=True, config=STRICT)
class Sharpness:
    """Largest Hessian eigenvalues of the mean loss on the first training examples, raw or as the optimizer sees it.

    The quantity bears the name of the kind: `sharpness` is raw, `effective_sharpness` that of `effective_curvature`,
    with the learning rate of every weight and its weight decay; under Adam and AdamW it exists from the first update
    on, because their second moments do. Index 0 is the largest eigenvalue. With each come `<kind>_residual`, the length
    of A v - value * v, and `<kind>_error`, the error bar; with all of them `<kind>_matvecs`, the products spent, and
    `<kind>_converged`, 1 or 0.

    Attributes:
        kind: Which of the two.
        grid: When.
        examples: Number of training examples, always the first.
        tolerance: Error that counts as converged, relative to the largest eigenvalue.
        max_matvecs: Products after which an eigenvalue is stored unconverged.
        count: Number k of eigenvalues, index 0 to k - 1 from the largest down.
    """

    kind: Literal["sharpness", "effective_sharpness"]
    grid: StepGrid
    examples: PositiveInt = 512
    tolerance: PositiveFloat = 1e-3
    max_matvecs: Annotated[int, Field(ge=4)] = 200
    count: PositiveInt = field(default=1, metadata=ADDED)

    @property
    def quantity(self) -> str:
        """The kind."""
        return self.kind

    def measure(self, cohort: Cohort, memory: Memory, generators: Sequence[torch.Generator]) -> Sequence[Values]:
        """Top eigenvalues of every member at the weights of the moment, started from the eigenvectors of before."""
        operators = (hessians if self.kind == "sharpness" else effective_hessians)(cohort, self.examples)
        if operators is None:
            return [()] * cohort.stack.members
        found = stacked_eigenpairs(
            operators,
            self.count,
            starts=list(memory["start"]) if "start" in memory else None,
            tolerance=self.tolerance,
            max_matvecs=self.max_matvecs,
            generator=generators,
        )
        memory["start"] = torch.stack([pairs.start for pairs in found])
        return [list(eigenvalue_rows(self.kind, pairs)) for pairs in found]


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
MEASUREMENTS = {kind: spec for spec in SPECS for kind in get_args(get_type_hints(spec)["kind"])}
"""Every kind of measurement, with the spec that it is a kind of."""
