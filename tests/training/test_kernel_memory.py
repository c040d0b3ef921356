"""The memory of measurements that hold kernels, as it is foreseen and as it is."""

import subprocess
import sys
from dataclasses import replace

import pytest

from spectra.data import Digits, Sphere
from spectra.models import ResidualMLP, Shallow
from spectra.training import (
    SGD,
    KernelTestError,
    LaplaceError,
    LaplaceQuality,
    LimitPrediction,
    RegimeSpec,
    StepGrid,
    TangentKernel,
    footprint,
)
from spectra.training.movement import KernelMovement
from tests.training.test_cohort import spec


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
    return replace(one, measurements=(LimitPrediction(StepGrid(every=7)),), steps=7)


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


def test_tangent_kernels_count_by_their_matrices_and_jacobians():
    one = with_tangent_kernel(16, 1200, "float64")
    without = footprint(replace(one, measurements=())).memory
    assert footprint(one).memory - without == 8 * 8 * 1200**2 + 4 * 8 * 1200 * 16 * 3
    of_few = replace(one, measurements=(KernelMovement(StepGrid(every=1), examples=10),))
    assert footprint(of_few).memory - without == 8 * 8 * 10**2 + 4 * 8 * 10 * footprint(one).weights


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


MEASURED = """
import sys, torch
from tests.training import test_kernel_memory
from spectra.store.provenance import peak_memory
from spectra.training import run

made, *numbers = sys.argv[1:]
made = getattr(test_kernel_memory, made)
torch.set_num_threads(1)
run(made(8, 16))
before = peak_memory("cpu")
run(made(*map(int, numbers)))
print(peak_memory("cpu") - before)
"""


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
