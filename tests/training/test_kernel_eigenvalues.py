import pytest
import torch
from torch.testing import assert_close

from spectra.data import Sphere
from spectra.models import Shallow
from spectra.training import Adam, RegimeSpec, TangentKernel, run
from spectra.training.kernel_eigenvalues import KernelEigenvalues
from tests.training.dense_members import EXAMPLES, GRID, TOKENS, members, specs, tables, values

MEASURED = KernelEigenvalues(GRID, EXAMPLES, count=4, tolerance=1e-10)
SETTINGS = {
    "classes": {},
    "tokens": TOKENS,
    "adam": {"optimizer": Adam(0.01)},
}


@pytest.mark.parametrize("changes", SETTINGS.values(), ids=SETTINGS)
def test_they_are_those_of_the_dense_kernel_whatever_the_criterion(changes):
    runs = specs(MEASURED, **changes)
    for member, table in zip(members(runs), tables(runs), strict=True):
        ((inputs, _),) = member.objective.batches
        kernel = member.kernel(inputs)
        expected = torch.linalg.eigvalsh(kernel / len(kernel)).flip(0)[:4]
        assert_close(values(table, "kernel_eigenvalues"), expected, rtol=1e-7, atol=0)
        assert values(table, "kernel_eigenvalues_converged").tolist() == [1]


def test_they_are_the_largest_of_the_measurement_that_makes_the_kernel():
    dense = TangentKernel(GRID, EXAMPLES)
    data = Sphere(3, "neuron", 60, 5)
    table = run(specs(MEASURED, dense, model=Shallow(8, "tanh"), data=data, regime=RegimeSpec("ntk", 1, 1))[0])
    for step in (0, 3):
        assert_close(
            values(table, "kernel_eigenvalues", step), values(table, "tangent_kernel", step)[:4], rtol=1e-7, atol=0
        )
