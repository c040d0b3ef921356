from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from spectra.data import Sphere
from spectra.models import LinearModel, Shallow
from spectra.training import SGD, Adam, RegimeSpec, StepGrid, run
from spectra.training.mode_energy import ModeEnergy
from tests.training.dense_members import (
    EXAMPLES,
    GRID,
    TOKENS,
    assert_interruptible,
    members,
    specs,
    tables,
    values,
)

COUNT = 4
MEASURED = ModeEnergy(GRID, "train", EXAMPLES, COUNT, tolerance=1e-12)
SETTINGS = {
    "classes": {},
    "one output": {
        "data": Sphere(3, "neuron", 60, 15),
        "model": Shallow(8, "tanh"),
        "regime": RegimeSpec("ntk", 1, 1),
        "optimizer": SGD(0.1),
    },
    "tokens": TOKENS,
}


def dense_kernel(member, inputs):
    """(1 / (N C)) sum_c J_c D J_c'."""
    jacobian = torch.autograd.functional.jacobian(
        lambda weights: member.objective.network(weights, inputs).flatten(1), member.weights
    )
    return torch.einsum("ncp,p,mcp->nm", jacobian, member.sizes, jacobian) / jacobian[..., 0].numel()


def dense_energies(runs, inputs, count=COUNT):
    """Along the eigenvectors of the kernel of the start, at the start and at the end, of every member."""
    found = []
    for first, last in zip(members(runs, 0), members(runs), strict=True):
        vectors = torch.linalg.eigh(dense_kernel(first, inputs)).eigenvectors.flip(1)[:, :count]
        found.append([(vectors * (dense_kernel(one, inputs) @ vectors)).sum(0) for one in (first, last)])
    return found


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("changes", SETTINGS.values(), ids=SETTINGS)
def test_it_is_that_of_the_dense_kernels(changes, split):
    measured = replace(MEASURED, split=split)
    runs = specs(measured, **changes)
    data = runs[0].data.load().to("cpu", torch.float64)
    inputs = (data.inputs if split == "train" else data.test_inputs)[:EXAMPLES]
    for energies, table in zip(dense_energies(runs, inputs), tables(runs), strict=True):
        for step, expected in zip((0, 3), energies, strict=True):
            assert_close(values(table, measured.quantity, step), expected, rtol=1e-7, atol=0)


def test_the_eigenvalues_of_the_start_stand_there_with_their_certificates():
    table = tables(specs(MEASURED))[0]
    assert torch.equal(values(table, "mode_energy_start", 0), values(table, "mode_energy", 0))
    assert values(table, "mode_energy_start_converged", 0).tolist() == [1]
    assert float(values(table, "mode_energy_start_residual", 0).max()) < 1e-11
    assert not len(values(table, "mode_energy_start", 3))


def test_a_linear_model_keeps_its_kernel():
    table = run(specs(MEASURED, model=LinearModel(), regime=RegimeSpec("standard", 1, 1))[0])
    assert_close(values(table, "mode_energy", 3), values(table, "mode_energy", 0))


@pytest.mark.parametrize("expansion", ["taylor", "features"])
def test_an_expansion_keeps_its_kernel(expansion):
    for table in tables(specs(MEASURED, expansion=expansion)):
        assert_close(values(table, "mode_energy", 3), values(table, "mode_energy", 0))


def test_all_energies_add_up_to_the_trace():
    runs = specs(replace(MEASURED, count=EXAMPLES), optimizer=SGD(0.2))
    inputs = runs[0].data.load().inputs[:EXAMPLES]
    for member, table in zip(members(runs), tables(runs), strict=True):
        assert_close(values(table, "mode_energy").sum(), dense_kernel(member, inputs).trace())


def test_under_adam_the_vectors_are_those_after_the_first_update():
    runs = specs(replace(MEASURED, grid=StepGrid(every=1)), optimizer=Adam(0.01))
    inputs = runs[0].data.load().inputs[:EXAMPLES]
    table = tables(runs)[0]
    assert not len(values(table, "mode_energy", 0))
    first, last = (dense_kernel(members(runs, step)[0], inputs) for step in (1, 3))
    vectors = torch.linalg.eigh(first).eigenvectors.flip(1)[:, :COUNT]
    assert_close(values(table, "mode_energy", 3), (vectors * (last @ vectors)).sum(0), rtol=1e-7, atol=0)


def test_the_vectors_survive_an_interruption():
    assert_interruptible(specs(MEASURED, steps=9), 7)


def test_single_precision_finds_the_vectors_too():
    runs = specs(ModeEnergy(GRID, examples=EXAMPLES, count=COUNT), precision="float32")
    inputs = runs[0].data.load().inputs[:EXAMPLES].float()
    torch.set_default_dtype(torch.float32)
    try:
        expected_of_all = dense_energies(runs, inputs)
    finally:
        torch.set_default_dtype(torch.float64)
    for energies, table in zip(expected_of_all, tables(runs), strict=True):
        assert values(table, "mode_energy_start_converged", 0).tolist() == [1]
        for step, expected in zip((0, 3), energies, strict=True):
            assert_close(values(table, "mode_energy", step), expected.double(), rtol=1e-3, atol=0)


def test_more_eigenvectors_than_examples_are_refused():
    with pytest.raises(ValueError, match="13 eigenvectors of a kernel on 12 examples"):
        replace(MEASURED, count=13)
