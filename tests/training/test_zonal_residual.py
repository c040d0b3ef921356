"""What is left of every degree: one at the start, and decaying at the rates of theory in a wide network."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch.testing import assert_close

from spectra.asymptotics import PolynomialKernel, zonal_eigenvalues
from spectra.data import Sphere, Zonal
from spectra.models import Polynomial, Shallow
from spectra.training import SGD, RegimeSpec, RunSpec, StepGrid, ZonalResidual, run, run_cohort
from spectra.training.initial_cohort import cohort
from tests.training.dense_members import values

DATA = Zonal(3, (1, 2, 4), train_examples=300, test_examples=10)
SPEC = RunSpec(
    Shallow(16, "tanh", centered=True),
    DATA,
    SGD(0.2),
    RegimeSpec("ntk", 1, 1),
    tuple(ZonalResidual(degree, StepGrid(every=4)) for degree in (1, 2, 4)),
    steps=8,
    seed=1,
    precision="float64",
)


def left(table, step):
    """Of the three degrees."""
    return torch.cat([values(table, f"residual_of_harmonic_{degree}", step) for degree in (1, 2, 4)])


def test_of_the_zero_function_everything_is_left():
    table = run(SPEC)
    assert_close(left(table, 0), torch.ones(3))


def test_it_is_the_coefficient_of_least_squares():
    specs = [SPEC, replace(SPEC, seed=2)]
    after = cohort(specs, "cpu")
    after.advance(8)
    points, targets = after.dataset.inputs, after.dataset.targets
    for member, table in enumerate(run_cohort(specs)):
        residuals = (after.module(member)(points) - targets).detach()
        expected = torch.linalg.pinv(DATA.parts(points)) @ residuals[:, 0] / DATA.amplitude
        assert_close(left(table, 8), expected.abs(), rtol=1e-9, atol=1e-12)
        pd.testing.assert_frame_equal(table, run(specs[member]), rtol=1e-9)


@pytest.mark.parametrize("degree", [1, 3])
def test_tangent_features_decay_at_the_rates_of_their_kernel(degree):
    """Of infinite width; on 200 random features and at a finite width it would be these up to noise."""
    model = Polynomial(2000, degree, normalized=True)
    spec = replace(SPEC, model=model, expansion="features", steps=4, optimizer=SGD(0.4))
    measured = np.mean([left(run(replace(spec, seed=seed)), 4).numpy() for seed in (1, 2)], 0)
    eigenvalues = zonal_eigenvalues(PolynomialKernel(degree), 3, 5).values * model.gain**2 / 2
    expected = (1 - 2 * 0.4 * eigenvalues[[1, 2, 4]]) ** 4
    np.testing.assert_allclose(measured, expected, rtol=0, atol=0.03)


def test_other_data_temperatures_and_too_few_points_are_refused():
    with pytest.raises(ValueError, match="knows the parts of the data zonal, and those of sphere not"):
        run(replace(SPEC, data=Sphere(3, "neuron", 30, 10)))
    with pytest.raises(
        ValueError, match="residual_of_harmonic_3 was asked for, and the target has the degrees 1, 2, 4"
    ):
        run(replace(SPEC, measurements=(ZonalResidual(3, StepGrid(every=4)),)))
    with pytest.raises(ValueError, match="2 training examples do not tell the parts of 3 degrees apart"):
        run(replace(SPEC, data=replace(DATA, train_examples=2)))
    with pytest.raises(ValueError, match="which a temperature divides; set temperature to 1"):
        run(replace(SPEC, temperature=2.0))
