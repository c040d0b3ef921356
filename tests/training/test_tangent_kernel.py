from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from spectra.data import Digits, PowerLawStream, Sphere
from spectra.models import LinearModel, ResidualMLP, Shallow
from spectra.training import SGD, Adam, Loss, RegimeSpec, RunSpec, StepGrid, TangentKernel, run, run_cohort
from tests.training.dense_members import values

REGRESSION = RunSpec(
    LinearModel(),
    PowerLawStream(1.0, 1.0, dimension=6, train_examples=9),
    SGD(0.2),
    RegimeSpec("standard", 1, 1),
    (Loss(StepGrid(every=1)), TangentKernel(StepGrid(every=1), examples=9)),
    steps=3,
    seed=1,
    precision="float64",
)
NETWORK = replace(
    REGRESSION, model=Shallow(8, "tanh", centered=True), data=Sphere(3, "neuron", 9, 5), regime=RegimeSpec("ntk", 1, 1)
)


def test_a_linear_model_has_the_eigenvalues_of_its_gram_matrix():
    table, inputs = run(REGRESSION), REGRESSION.data.load().inputs
    expected = torch.linalg.eigvalsh(0.2 * inputs @ inputs.T / 9).flip(0)
    for step in (0, 3):
        assert_close(values(table, "tangent_kernel", step), expected)


def test_an_update_shrinks_every_mode_by_its_eigenvalue():
    table = run(REGRESSION)
    eigenvalues = values(table, "tangent_kernel", 0)
    for step in range(3):
        before, after = (values(table, "tangent_kernel_coefficient", at) for at in (step, step + 1))
        # Modes of the null space are mixed by rounding, and none of them moves.
        assert_close(after[:6], (before * (1 - 2 * eigenvalues).square())[:6])


@pytest.mark.parametrize("spec", [REGRESSION, NETWORK], ids=["linear", "network"])
def test_the_coefficients_add_up_to_the_loss(spec):
    table = run(spec)
    for step in (0, 3):
        assert_close(values(table, "tangent_kernel_coefficient", step).sum(), values(table, "loss", step)[0])


def test_the_largest_can_be_stored_alone():
    few = replace(NETWORK, measurements=(TangentKernel(StepGrid(every=3), examples=7, count=2),))
    whole = replace(NETWORK, measurements=(TangentKernel(StepGrid(every=3), examples=7),))
    for quantity in ("tangent_kernel", "tangent_kernel_coefficient"):
        assert_close(values(run(few), quantity, 3), values(run(whole), quantity, 3)[:2])


def test_members_of_a_cohort_have_their_own():
    specs = [NETWORK, replace(NETWORK, seed=2, optimizer=SGD(0.1))]
    for spec, table in zip(specs, run_cohort(specs), strict=True):
        assert_close(values(table, "tangent_kernel", 3), values(run(spec), "tangent_kernel", 3))


def test_before_its_first_update_adam_has_no_step_sizes():
    table = run(replace(NETWORK, optimizer=Adam(0.01)))
    assert not len(values(table, "tangent_kernel", 0))
    assert len(values(table, "tangent_kernel", 1)) == 9


def test_classes_have_no_residuals():
    spec = replace(REGRESSION, model=ResidualMLP(4), data=Digits(20))
    with pytest.raises(ValueError, match="takes residuals"):
        run(spec)
