"""What is measured of a run that trains an expansion is a measure of the expansion."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
import torch
from torch.testing import assert_close

from spectra.data import Digits
from spectra.training import MEASUREMENTS, SGD, RunSpec, Sharpness, StepGrid, TangentKernel, run
from spectra.training.curvature_part import CurvaturePart
from spectra.training.initial_cohort import cohort
from spectra.training.kernel_drift import KernelDrift
from spectra.training.kernel_eigenvalues import KernelEigenvalues
from spectra.training.mode_decay import ModeDecay
from spectra.training.movement import KernelMovement
from tests.training.dense_members import EXAMPLES, GRID, STEP, specs, tables, values
from tests.training.expanded_runs import POINTS, of_the_start


def test_the_curvature_is_that_of_the_dense_linear_model_at_every_step():
    measured = (
        Sharpness("sharpness", GRID, EXAMPLES, tolerance=1e-9),
        CurvaturePart("gauss_newton", GRID, EXAMPLES, tolerance=1e-9),
        CurvaturePart("residual_part", GRID, EXAMPLES),
    )
    runs = specs(*measured, expansion="taylor")
    together = cohort(runs, "cpu")
    data = together.dataset
    starts = [of_the_start(one, data.inputs[:EXAMPLES]) for one in runs]
    together.advance(STEP)
    for place, (one, table) in enumerate(zip(runs, tables(runs), strict=True)):
        start, outputs, slopes = starts[place]
        sizes, temperature = together.step_sizes()[place], one.temperature

        def loss(at, outputs=outputs, slopes=slopes, start=start, temperature=temperature):
            moved = outputs + slopes @ (at - start)
            return data.criterion.losses(moved / temperature, data.targets[:EXAMPLES]).mean()

        dense = torch.autograd.functional.hessian(loss, together.weights[place])
        assert_close(values(table, "sharpness")[0], torch.linalg.eigvalsh(dense)[-1], rtol=1e-7, atol=0)
        seen = sizes.sqrt()[:, None] * dense * sizes.sqrt()
        assert_close(values(table, "gauss_newton")[0], torch.linalg.eigvalsh(seen)[-1], rtol=1e-7, atol=0)
        assert values(table, "residual_part")[0].abs() < 1e-12


def test_kernels_never_move_and_modes_decay_at_their_rates():
    grid = StepGrid(every=20)
    measured = (
        TangentKernel(grid, 16),
        KernelDrift(grid, 16),
        KernelMovement(grid, 16),
        KernelEigenvalues(grid, 16, tolerance=1e-9),
        ModeDecay(grid),
    )
    table = run(replace(POINTS, measurements=measured, expansion="taylor"))
    first, last = (values(table, "tangent_kernel", step) for step in (0, 20))
    assert_close(last, first, rtol=0, atol=1e-14)
    assert_close(values(table, "kernel_eigenvalues", 20)[0], first[0], rtol=1e-8, atol=0)
    assert values(table, "kernel_drift", 20)[0] < 1e-14
    assert values(table, "kernel_movement", 20)[0] < 1e-14
    assert_close(values(table, "mode_decay", 20), torch.ones(4), rtol=1e-8, atol=0)


SAME_AT_THE_START = {
    "loss",
    "error",
    "gauss_newton",
    "tangent_kernel",
    "kernel_eigenvalues",
    "kernel_test_error",
    "kernel_test_loss",
    "kernel_trace",
    "kernel_alignment",
    "infinite_kernel_distance",
    "mode_energy",
    "laplace_loss",
    "laplace_calibration_error",
    "laplace_kernel_error",
    "laplace_covariance_error",
}
OF_CLASSES = {kind for kind in MEASUREMENTS if kind in ("error", "kernel_test_error") or kind.startswith("laplace")}
OF_LAYERS = {
    "quasi_orthogonality",
    "feature_dimension",
    "jacobian_rank",
    "perturbed_rank",
    "classification_dimension",
    "independence_deficit",
    "linear_regions",
    "pattern_diversity",
    "weight_outliers",
    "weight_stable_rank",
}
"""What an expansion does not have, having no layers of its own."""
OF_THEIR_MODELS = {"active_share", "limit_prediction", "zonal_residual"}
"""What needs a model or data of its own; see also their own tests."""


def measuring(kind: str) -> RunSpec:
    """A short run with one measurement on 16 examples."""
    small = {"examples": 16, "test_examples": 6, "tested": 16, "probes": 2, "lanczos_steps": 6, "batches": 2}
    settings = {field.name: small[field.name] for field in fields(MEASUREMENTS[kind]) if field.name in small}
    measured = MEASUREMENTS[kind](grid=StepGrid(every=2), kind=kind, **settings)
    one = replace(POINTS, measurements=(measured,), steps=2)
    return replace(one, data=Digits(120), optimizer=SGD(0.01)) if kind in OF_CLASSES else one


def test_an_expansion_has_no_law_of_wide_networks():
    with pytest.raises(ValueError, match="no limit of infinite width is known here for a Linearized"):
        run(replace(measuring("limit_prediction"), expansion="taylor"))


@pytest.mark.parametrize("kind", sorted(OF_LAYERS))
def test_what_is_of_layers_is_refused(kind):
    with pytest.raises(ValueError, match="is measured on the layers of a network"):
        run(replace(measuring(kind), expansion="taylor"))


@pytest.mark.parametrize("kind", sorted(MEASUREMENTS.keys() - OF_LAYERS - OF_THEIR_MODELS))
def test_everything_is_measured_and_what_is_of_first_order_is_at_the_start_that_of_the_network(kind):
    one = measuring(kind)
    network, expanded = run(one), run(replace(one, expansion="taylor"))
    assert set(expanded["quantity"]) == set(network["quantity"])
    assert torch.isfinite(torch.tensor(expanded["value"].to_numpy())).all()
    if kind in SAME_AT_THE_START:
        quantity = one.measurements[0].quantity
        assert_close(values(expanded, quantity, 0), values(network, quantity, 0), rtol=1e-7, atol=1e-12)
