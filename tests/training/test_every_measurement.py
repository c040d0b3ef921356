"""Laws of all measurements, which are taken beside each other."""

import pytest

from spectra.training import (
    MEASUREMENTS,
    Adam,
    BatchCurvature,
    ClassificationError,
    CriticalStep,
    CurvaturePart,
    CurvatureTrace,
    DensityQuantile,
    FeatureDimension,
    KernelAlignment,
    KernelDrift,
    KernelEigenvalues,
    KernelMovement,
    KernelTrace,
    LayerUtilisation,
    Loss,
    Measurement,
    ModeEnergy,
    PseudoKernelError,
    RayExtrapolation,
    Sharpness,
    SpectralDensity,
    StepGrid,
    WeightMovement,
    run,
)
from tests.training.dense_members import EXAMPLES, GRID, STEP, assert_each_alone, specs, values

FEW = 4
OF_THE_STEPS = [
    Sharpness("effective_sharpness", GRID, EXAMPLES, count=3),
    CurvaturePart("gauss_newton", GRID, EXAMPLES),
    CurvaturePart("residual_part", GRID, EXAMPLES),
    CurvatureTrace(GRID, EXAMPLES, max_matvecs=10),
    DensityQuantile(GRID, EXAMPLES, probes=2, lanczos_steps=10),
    SpectralDensity(GRID, EXAMPLES, probes=2, lanczos_steps=10),
    BatchCurvature("effective_batch_sharpness", GRID, batches=3),
    KernelEigenvalues(GRID, EXAMPLES),
    KernelTrace(GRID, FEW),
    KernelAlignment(GRID, FEW),
    ModeEnergy(GRID, "train", EXAMPLES, 4, tolerance=1e-12),
    LayerUtilisation("layer_share", GRID, FEW),
    LayerUtilisation("layer_alignment", GRID, FEW),
    LayerUtilisation("layer_rank", GRID, FEW),
    PseudoKernelError("pseudo_kernel_error", GRID, FEW),
    PseudoKernelError("mean_trace_kernel_error", GRID, FEW),
    PseudoKernelError("pseudo_eigenvalue_error", GRID, FEW),
    PseudoKernelError("pseudo_prediction_error", GRID, FEW, FEW, ridge=0.1),
    KernelMovement(GRID, FEW),
]
"""Those that know the step size of every weight, which Adam has from its first update on."""

OTHERS = [
    Loss(GRID),
    Loss(GRID, "test"),
    ClassificationError(GRID),
    ClassificationError(GRID, "test"),
    Sharpness("sharpness", GRID, EXAMPLES),
    CriticalStep(GRID, EXAMPLES),
    BatchCurvature("batch_sharpness", GRID, batches=3),
    KernelDrift(GRID, FEW),
    WeightMovement(GRID),
    FeatureDimension(GRID, examples=EXAMPLES),
    RayExtrapolation("ray_growth", GRID, FEW),
]


def test_members_have_the_numbers_of_each_alone():
    assert_each_alone(specs(*OF_THE_STEPS, *OTHERS))


def test_under_adam_what_knows_the_step_sizes_begins_with_the_first_update():
    table = run(specs(*OF_THE_STEPS, optimizer=Adam(0.01))[0])
    for measured in OF_THE_STEPS:
        assert len(values(table, measured.quantity, 0)) == 0, measured.quantity
        assert len(values(table, measured.quantity, STEP)) > 0, measured.quantity


@pytest.mark.parametrize("kind", MEASUREMENTS)
def test_every_measurement_of_the_table_is_one(kind):
    of_one = {"degree": 3} if kind == "zonal_residual" else {}
    measurement = MEASUREMENTS[kind](kind=kind, grid=StepGrid(every=1), **of_one)
    assert isinstance(measurement, Measurement)
    assert measurement.kind == kind
    assert measurement.quantity == ("residual_of_harmonic_3" if of_one else kind)
