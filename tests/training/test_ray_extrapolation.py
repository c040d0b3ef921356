"""Numbers of rays are those of the library functions, and known for some networks."""

from dataclasses import replace

import pandas as pd
import pytest

from spectra.data import MarkovText, Zonal
from spectra.kernels import ray_growth, ray_lines
from spectra.models import GPT, MLP, Polynomial
from spectra.training import SGD, RayExtrapolation, RegimeSpec, RunSpec, StepGrid, run, run_cohort
from spectra.training.initial_cohort import cohort
from tests.training.dense_members import values

GRID = StepGrid(every=3)
MEASURED = (
    RayExtrapolation("ray_nonlinearity", GRID, examples=7, start=0.5, factor=4.0, points=11),
    RayExtrapolation("ray_growth", GRID, examples=7, start=2.0),
)
SPEC = RunSpec(
    MLP(8, 1, "tanh", bias=True),
    Zonal(5, (1, 2), train_examples=30, test_examples=10),
    SGD(0.1),
    RegimeSpec("ntk", 1, 1),
    MEASURED,
    steps=3,
    seed=1,
    precision="float64",
)


@pytest.mark.parametrize("expansion", ["network", "taylor", "features"])
def test_they_are_the_numbers_of_the_library(expansion):
    specs = [replace(SPEC, expansion=expansion, seed=seed) for seed in (1, 2)]
    after = cohort(specs, "cpu")
    after.expand(after.weights)
    after.advance(3)
    rays = after.dataset.inputs[:7]
    for member, table in enumerate(run_cohort(specs)):
        module = after.module(member)
        lines = ray_lines(module, rays, start=0.5, factor=4.0, points=11)
        assert float(values(table, "ray_nonlinearity", 3)) == pytest.approx(float((1 - lines.r_squared).mean()))
        assert float(values(table, "ray_growth", 3)) == pytest.approx(ray_growth(module, rays, start=2.0))
        pd.testing.assert_frame_equal(table, run(specs[member]), rtol=1e-9)


@pytest.mark.parametrize("expansion", ["network", "taylor"])
def test_relu_layers_without_biases_are_lines_all_along_training(expansion):
    table = run(replace(SPEC, model=MLP(8, 1, "relu"), expansion=expansion))
    for step in (0, 3):
        assert float(values(table, "ray_nonlinearity", step)) == pytest.approx(0, abs=1e-12)
        assert float(values(table, "ray_growth", step)) == pytest.approx(1)


@pytest.mark.parametrize("degree", [1, 4])
def test_polynomial_networks_without_skips_grow_with_their_degree_all_along_training(degree):
    model = Polynomial(8, degree, skip=False, normalized=True)
    table = run(replace(SPEC, model=model, optimizer=SGD(0.01)))
    assert [float(values(table, "ray_growth", step)) for step in (0, 3)] == pytest.approx([degree, degree])


def test_tokens_are_refused():
    data = MarkovText(vocabulary=5, context=2, train_examples=40, test_examples=15)
    spec = replace(SPEC, model=GPT(4, depth=2, heads=2), data=data, regime=RegimeSpec("mup", 2, 2))
    with pytest.raises(ValueError, match=r"multiplies inputs, and those of torch\.int64 are names"):
        run(spec)


def test_more_rays_than_examples_are_refused():
    with pytest.raises(ValueError, match="ray_growth asks for 40 examples"):
        replace(SPEC, measurements=(replace(MEASURED[1], examples=40),))
    with pytest.raises(ValueError, match="factor"):
        replace(MEASURED[0], factor=1.0)
