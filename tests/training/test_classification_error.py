from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from spectra.data import Digits, Sphere
from spectra.models import ResidualMLP, Shallow
from spectra.training import Loss, RegimeSpec, StepGrid, run
from spectra.training.classification_error import ClassificationError
from tests.training.dense_members import GRID, TOKENS, members, specs, tables, values

BOTH = ClassificationError(GRID), ClassificationError(GRID, "test")


@pytest.mark.parametrize("changes", [{}, TOKENS], ids=["classes", "tokens"])
def test_it_is_the_share_whose_largest_output_is_another_class(changes):
    runs = specs(*BOTH, **changes)
    data = runs[0].data.load().to("cpu", torch.float64)
    sets = {"error": (data.inputs, data.targets), "test_error": (data.test_inputs, data.test_targets)}
    for member, table in zip(members(runs), tables(runs), strict=True):
        for quantity, (inputs, targets) in sets.items():
            wrong = member.module(inputs).max(-1).indices != targets
            assert_close(values(table, quantity), wrong.double().mean()[None])
            assert 0 < float(wrong.double().mean()) <= 1


def test_the_first_examples_can_be_judged_alone():
    runs = specs(ClassificationError(GRID, examples=7))
    data = Digits(60).load()
    for member, table in zip(members(runs), tables(runs), strict=True):
        wrong = member.module(data.inputs[:7]).argmax(1) != data.targets[:7]
        assert_close(values(table, "error"), wrong.double().mean()[None])


SILENT = {"zero": {"model": ResidualMLP(2, depth=1, zero_readout=True)}, "features": {"expansion": "features"}}


@pytest.mark.parametrize("changes", SILENT.values(), ids=SILENT)
def test_of_equal_outputs_the_first_is_taken(changes):
    table = run(specs(ClassificationError(GRID), **changes)[0])
    assert_close(values(table, "error", 0), (Digits(60).load().targets != 0).double().mean()[None])


def test_it_changes_neither_the_losses_nor_the_training():
    loss = Loss(StepGrid(every=1))
    plain, beside = (run(specs(*measured)[0]) for measured in ([loss], [*BOTH, loss]))
    for step in range(4):
        assert torch.equal(values(beside, "loss", step), values(plain, "loss", step))


def test_numbers_are_no_classes():
    spec = specs(
        ClassificationError(GRID), model=Shallow(4), data=Sphere(3, "neuron", 60, 5), regime=RegimeSpec("ntk", 1, 1)
    )[0]
    with pytest.raises(ValueError, match=r"error counts misclassified examples, and targets of shape \(60, 1\)"):
        run(spec)


def test_more_examples_than_there_are_to_test_are_refused():
    spec = replace(specs()[0], data=Digits(1500), measurements=(ClassificationError(GRID, "test", 300),))
    with pytest.raises(ValueError, match="asks for 300 examples, and there are 297"):
        run(spec)
