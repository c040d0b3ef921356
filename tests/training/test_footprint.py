"""Estimates of cost, held against what is measured."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from spectra.data import Digits, Sphere
from spectra.models import ResidualMLP, Shallow
from spectra.training import (
    SGD,
    DensityQuantile,
    KernelTestError,
    LaplaceError,
    LaplaceQuality,
    LimitPrediction,
    RegimeSpec,
    Sharpness,
    SpectralDensity,
    StepGrid,
    TangentKernel,
    alone,
    footprint,
    most_members,
)
from spectra.training.movement import KernelMovement
from tests.training.test_cohort import MODELS, of_model, spec


@pytest.mark.parametrize("name", MODELS)
def test_weights_are_counted(name):
    one = of_model(name)
    dataset = one.data.load()
    module = one.model.build(tuple(dataset.inputs.shape[1:]), dataset.outputs)
    assert footprint(one).weights == sum(parameter.numel() for parameter in module.parameters())


def test_work_is_that_of_the_matrix_products():
    one = spec(model=ResidualMLP(64, depth=1), optimizer=SGD(0.1, batch_size=100), measurements=(), steps=1000)
    # Forward, and backward in weights and in activations, of which the inputs need none: two operations each.
    products = 100 * 2 * (2 * 64 * 64 + 3 * 64 * 64 + 3 * 64 * 10)
    assert footprint(one).work / one.steps == pytest.approx(products + 4e6)


def test_an_expansion_takes_its_own_products_and_a_pretraining_those_of_the_network():
    one = spec(model=ResidualMLP(64, depth=1), optimizer=SGD(0.1, batch_size=100), measurements=(), steps=1000)
    network, expanded = footprint(one), footprint(replace(one, expansion="taylor"))
    # The network at the start, the ways of the weights and of the activations, and backward through both. The inputs
    # have no way and need no slope; but a product with their way of zeros is counted.
    products = 100 * 2 * (4 * 64 * 64 + 5 * 64 * 64 + 5 * 64 * 10)
    assert expanded.work / one.steps == pytest.approx(products + 4e6)
    assert expanded.memory > network.memory
    assert expanded.weights == network.weights
    later = footprint(replace(one, expansion="taylor", pretraining=500))
    assert later.work == pytest.approx(expanded.work + network.work / 2)


def test_an_activation_is_a_batch_of_the_width():
    one = spec(model=ResidualMLP(64, depth=1), optimizer=SGD(0.1, batch_size=128), precision="float32")
    assert footprint(one).activation == 128 * 64 * 4
    assert footprint(replace(one, precision="float64")).activation == 128 * 64 * 8


def test_wide_networks_run_alone_on_a_cpu_and_say_why():
    wide = spec(model=ResidualMLP(1024, depth=1), optimizer=SGD(0.1, batch_size=128), precision="float32")
    assert "fills the cache" in alone(wide)
    assert most_members(wide) == 1
    assert alone(wide, device="cuda") is None
    narrow = replace(wide, model=ResidualMLP(32, depth=1))
    assert alone(narrow) is None
    # Inputs of 64 numbers count as activations too.
    assert 16 <= most_members(narrow) <= 32


@pytest.mark.parametrize("density", [SpectralDensity, DensityQuantile])
def test_densities_count_by_their_krylov_basis_and_their_products(density):
    one = spec(model=ResidualMLP(256, depth=1), measurements=(), steps=10, precision="float64")
    few, many = (
        footprint(replace(one, measurements=(density(StepGrid(every=10), examples=100, lanczos_steps=steps),)))
        for steps in (20, 120)
    )
    assert many.memory - few.memory == 100 * 8 * many.weights
    assert many.work - footprint(one).work == pytest.approx(6 * (few.work - footprint(one).work))


def test_many_eigenvalues_count_by_the_vectors_of_their_basis():
    one = spec(model=ResidualMLP(256, depth=1), precision="float64")
    few, many = (
        footprint(replace(one, measurements=(Sharpness("sharpness", StepGrid(every=10), 100, count=count),)))
        for count in (1, 50)
    )
    assert many.memory - few.memory == (3 * 50 + 12 - 30) * 8 * many.weights


def test_what_cannot_be_batched_is_said_in_the_words_of_torch():
    class Choosy(torch.nn.Linear):
        def forward(self, inputs):
            return super().forward(inputs) * (2.0 if bool(self.weight.sum() > 0) else 1.0)

    class ChoosyModel:
        kind, size = "choosy", ResidualMLP(8).size

        def build(self, inputs, outputs):
            return torch.nn.Sequential(torch.nn.Flatten(), Choosy(64, outputs))

    one = spec()
    object.__setattr__(one, "model", ChoosyModel())
    assert "cannot be batched" in alone(one)


def test_tangent_kernels_count_by_their_matrices_and_jacobians():
    one = with_tangent_kernel(16, 1200, "float64")
    without = footprint(replace(one, measurements=())).memory
    assert footprint(one).memory - without == 8 * 8 * 1200**2 + 4 * 8 * 1200 * 16 * 3
    of_few = replace(one, measurements=(KernelMovement(StepGrid(every=1), examples=10),))
    assert footprint(of_few).memory - without == 8 * 8 * 10**2 + 4 * 8 * 10 * footprint(one).weights


MEASURED = """
import resource, sys, torch
from tests.training import test_footprint
from spectra.training import run

def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

made, *numbers = sys.argv[1:]
made = getattr(test_footprint, made)
torch.set_num_threads(1)
run(made(8, 16))
before = most()
run(made(*map(int, numbers)))
print(most() - before)
"""


def with_tangent_kernel(width, examples, precision="float32"):
    return spec(
        model=Shallow(width),
        regime=RegimeSpec("ntk", 1, 1),
        data=Sphere(3, "neuron", train_examples=examples, test_examples=2),
        optimizer=SGD(0.1),
        measurements=(TangentKernel(StepGrid(every=1), examples=examples, count=1),),
        steps=1,
        precision=precision,
    )


def with_limit(width, examples):
    one = with_tangent_kernel(width, examples)
    return replace(one, measurements=(LimitPrediction(StepGrid(every=1)),))


def with_posterior(width, examples):
    """A measurement of the exact Laplace posterior."""
    return spec(
        model=ResidualMLP(width, depth=1),
        data=Digits(examples),
        measurements=(
            LaplaceError("laplace_covariance_error", StepGrid(every=1), ranks=(2,), landmarks=(4,), tested=8),
        ),
        steps=1,
        precision="float32",
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("made", "width", "examples"),
    [
        (with_tangent_kernel, 16, 1200),
        (with_tangent_kernel, 40_000, 200),
        (with_posterior, 8, 90),
        (with_limit, 16, 600),
    ],
)
def test_the_memory_of_a_kernel_is_foreseen(made, width, examples):
    """That of large matrices, and once that of a large Jacobian."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, made.__name__, str(width), str(examples)],
        capture_output=True,
        text=True,
        check=True,
    )
    foreseen = footprint(made(width, examples)).memory
    assert 0.25 * foreseen < int(done.stdout) < 1.5 * foreseen


@pytest.mark.parametrize(
    ("measurement", "rows"),
    [
        (LaplaceQuality("laplace_loss", StepGrid(every=1), features=(0, 20, 400), landmarks=30), 400),
        (LaplaceQuality("laplace_loss", StepGrid(every=1), features=(0, 20), landmarks=30), 30),
        (LaplaceError("laplace_kernel_error", StepGrid(every=1), tested=70), 700),
        (LaplaceError("laplace_covariance_error", StepGrid(every=1), tested=70), 400),
        (LimitPrediction(StepGrid(every=1)), 40 + 1757),
    ],
    ids=lambda one: getattr(one, "quantity", str(one)),
)
def test_posteriors_and_limits_count_by_their_matrices(measurement, rows):
    one = spec(data=Digits(40), measurements=(measurement,))
    weights, without = 64 * 8, footprint(replace(one, measurements=())).memory
    jacobian = 0 if measurement.kind == "limit_prediction" else 4 * 8 * rows * weights
    assert footprint(one).memory - without == 8 * 8 * rows**2 + jacobian


def test_a_kernel_between_training_and_test_examples_takes_memory():
    plain = spec(measurements=())
    bounds = [4, None]
    found = [
        footprint(
            replace(plain, measurements=(KernelTestError("kernel_test_loss", StepGrid(every=3), test_examples=n),))
        )
        for n in bounds
    ]
    assert footprint(plain).memory < found[0].memory < found[1].memory
