import pytest
import torch
from torch.testing import assert_close

from spectra.data import Sphere
from spectra.models import Shallow
from spectra.training import SGD, Adam, RegimeSpec
from spectra.training.kernel_alignment import KernelAlignment
from tests.training.dense_members import GRID, members, specs, tables, values

FEW = 4
FORMS = ("energy", "cosine", "centred")
SETTINGS = {
    "classes": {},
    "numbers": {
        "data": Sphere(3, "neuron", 60, 5),
        "model": Shallow(8, "tanh"),
        "regime": RegimeSpec("ntk", 1, 1),
        "optimizer": SGD(0.1),
    },
    "adam": {"optimizer": Adam(0.01)},
}


def dense_alignment(member, form):
    """The alignment of the dense kernel with its targets, classes as columns of ones and zeros."""
    inputs, targets = (part[:FEW] for part in member.objective.batches[0])
    whole = member.kernel(inputs)
    kernel = whole / len(whole)
    columns = targets if targets.is_floating_point() else torch.eye(10)[targets]
    if form == "centred":
        columns = columns - columns.mean(0)
        centring = torch.kron(torch.eye(len(inputs)) - 1 / len(inputs), torch.eye(columns.shape[1]))
        kernel = centring @ kernel @ centring
    y = columns.flatten()
    energy = y @ kernel @ y / (y @ y)
    return energy if form == "energy" else energy / kernel.norm()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("changes", SETTINGS.values(), ids=SETTINGS)
def test_it_is_that_of_the_dense_kernel(changes, form):
    measured = KernelAlignment(GRID, FEW, form, tolerance=1e-9, max_matvecs=1000)
    runs = specs(measured, **changes)
    for member, table in zip(members(runs), tables(runs), strict=True):
        found = values(table, measured.quantity)[0]
        assert_close(found, dense_alignment(member, form), rtol=1e-7, atol=0)


def test_few_probes_are_within_their_standard_errors():
    runs = specs(KernelAlignment(GRID, FEW, "cosine", tolerance=0.05, max_matvecs=64))
    for member, table in zip(members(runs), tables(runs), strict=True):
        found, error = (values(table, f"cosine_kernel_alignment{name}")[0] for name in ("", "_standard_error"))
        assert error > 0
        assert (found - dense_alignment(member, "cosine")).abs() < 4 * error
