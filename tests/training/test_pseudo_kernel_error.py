"""Errors of one kernel for all outputs are those of plain Jacobians, with the learning rates of every weight."""

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from spectra.data import Sphere
from spectra.models import MLP
from spectra.training import SGD, PseudoKernelError, StepGrid, footprint, run
from tests.training.dense_members import EXAMPLES, GRID, STEP, members, specs, tables, values

KINDS = ("pseudo_kernel_error", "mean_trace_kernel_error", "pseudo_eigenvalue_error", "pseudo_prediction_error")
TESTED, RIDGE = 7, 0.1
MEASURED = [PseudoKernelError(kind, GRID, EXAMPLES, TESTED) for kind in KINDS]
MEASURED.append(replace(MEASURED[-1], ridge=RIDGE))


def repeated(kernel, outputs):
    return torch.kron(kernel, torch.eye(outputs))


def test_they_are_those_of_plain_jacobians():
    runs = specs(*MEASURED, model=MLP(16, 1, "tanh", bias=True), optimizer=SGD(0.02))
    data = runs[0].data.load()
    inputs = torch.cat([data.inputs[:EXAMPLES], data.test_inputs[:TESTED]])
    aims = torch.eye(10)[data.targets[:EXAMPLES]]
    for member, table in zip(members(runs), tables(runs), strict=True):
        whole = member.kernel(inputs)
        blocks = whole.reshape(len(inputs), 10, len(inputs), 10)
        pseudo, mean = blocks.sum((1, 3)) / 10, torch.einsum("nomo->nm", blocks) / 10
        few = EXAMPLES * 10
        kernel, seen = whole[:few, :few], (slice(EXAMPLES), slice(EXAMPLES))
        for kind, one in (("pseudo_kernel_error", pseudo), ("mean_trace_kernel_error", mean)):
            expected = (kernel - repeated(one[seen], 10)).norm() / kernel.norm()
            assert_close(values(table, kind), expected[None], rtol=1e-9, atol=0)
        tops = [torch.linalg.eigvalsh(one)[-1] for one in (pseudo[seen], kernel)]
        assert_close(values(table, "pseudo_eigenvalue_error"), (tops[0] / tops[1] - 1).abs()[None], rtol=1e-8, atol=0)
        for ridge, quantity in ((0.0, "pseudo_prediction_error"), (RIDGE, "ridge_pseudo_prediction_error")):
            number = ridge * kernel.diagonal().mean()
            full = whole[few:, :few] @ torch.linalg.solve(kernel + number * torch.eye(few), aims.reshape(-1, 1))
            there = pseudo[EXAMPLES:, :EXAMPLES] @ torch.linalg.solve(pseudo[seen] + number * torch.eye(EXAMPLES), aims)
            expected = (there - full.reshape(TESTED, 10)).norm() / full.norm()
            assert_close(values(table, quantity), expected[None], rtol=1e-4, atol=0)
            smallest = (torch.linalg.eigvalsh(kernel)[0] + number) / kernel.diagonal().mean()
            assert_close(values(table, f"{quantity}_smallest"), smallest[None], rtol=1e-5, atol=0)


def test_of_one_output_nothing_is_lost():
    data = Sphere(3, "neuron", train_examples=20, test_examples=10)
    table = run(specs(*MEASURED, data=data, model=MLP(50, 1, "tanh"), optimizer=SGD(0.05))[0])
    for measured in MEASURED:
        for step in (0, STEP):
            assert float(values(table, measured.quantity, step)) == pytest.approx(0, abs=1e-7)


def test_its_matrices_are_foreseen():
    few, many = (
        footprint(specs(PseudoKernelError(KINDS[0], StepGrid(every=3), examples=n))[0]).memory for n in (5, 50)
    )
    assert few < many
