import pytest
import torch
from torch.testing import assert_close

from spectra.data import MarkovText, Sphere
from spectra.models import GPT, Shallow
from spectra.training import Adam, RegimeSpec, TangentKernel, run
from spectra.training.kernel_eigenvalues import KernelEigenvalues
from tests.training.dense_members import EXAMPLES, GRID, assert_each_alone, members, specs, tables, values

MEASURED = KernelEigenvalues(GRID, EXAMPLES, count=4, tolerance=1e-10)
SETTINGS = {
    "classes": {},
    "tokens": {
        "data": MarkovText(vocabulary=5, context=4, train_examples=40, test_examples=10),
        "model": GPT(4, depth=2, heads=2),
        "regime": RegimeSpec("mup", 2, 2),
    },
    "adam": {"optimizer": Adam(0.01)},
}


@pytest.mark.parametrize("changes", SETTINGS.values(), ids=SETTINGS)
def test_they_are_those_of_the_dense_kernel_whatever_the_criterion(changes):
    runs = specs(MEASURED, **changes)
    for member, table in zip(members(runs), tables(runs), strict=True):
        ((inputs, _),) = member.objective.batches
        weights = member.weights
        jacobian = torch.autograd.functional.jacobian(
            lambda w, member=member, inputs=inputs: member.objective.network(w, inputs).flatten(), weights
        )
        kernel = (jacobian * member.sizes) @ jacobian.T / len(jacobian)
        assert_close(values(table, "kernel_eigenvalues"), torch.linalg.eigvalsh(kernel).flip(0)[:4], rtol=1e-7, atol=0)
        assert values(table, "kernel_eigenvalues_converged").tolist() == [1]


def test_they_are_the_largest_of_the_measurement_that_makes_the_kernel():
    dense = TangentKernel(GRID, EXAMPLES)
    data = Sphere(3, "neuron", 60, 5)
    table = run(specs(MEASURED, dense, model=Shallow(8, "tanh"), data=data, regime=RegimeSpec("ntk", 1, 1))[0])
    for step in (0, 3):
        assert_close(
            values(table, "kernel_eigenvalues", step), values(table, "tangent_kernel", step)[:4], rtol=1e-7, atol=0
        )


def test_members_have_the_numbers_of_each_alone():
    assert_each_alone(specs(KernelEigenvalues(GRID, EXAMPLES)))
