"""Regression with the kernel of the moment against plain Jacobians, and against a law that is known."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from spectra.data import Digits, PowerLawTeacher, SparseParity, Sphere
from spectra.fitting import fit_law
from spectra.kernels import kernel_regression, relative_ridge
from spectra.models import MLP, ConvResNet, LinearModel
from spectra.training import SGD, Adam, KernelTestError, RegimeSpec, RunSpec, StepGrid, run
from spectra.training.infinite_limit import limit_kernel
from spectra.training.initial_cohort import cohort
from tests.training.dense_members import values

RIDGE, TESTED, STEP = 1e-3, 60, 3
GRID = StepGrid(every=STEP)
MEASURED = tuple(
    KernelTestError(kind, GRID, kernel, TESTED, RIDGE)
    for kind in ("kernel_test_error", "kernel_test_loss")
    for kernel in ("moment", "infinite")
)
RUN = RunSpec(
    MLP(8, depth=1, activation="tanh"),
    Digits(60),
    SGD(0.3),
    RegimeSpec("ntk", 1, 1),
    MEASURED,
    steps=STEP,
    seed=3,
    precision="float64",
    criterion="squared_error",
    trained_examples=30,
)


def dense_kernels(together, inputs):
    """Mean over outputs of J D J' by plain Jacobians, and the limit of infinite width."""
    module, sizes = together.module(0), together.step_sizes()[0]
    weights = dict(module.named_parameters())
    slopes = torch.func.jacrev(lambda given: torch.func.functional_call(module, given, inputs))(weights)
    flat = torch.cat([slope.flatten(2) for slope in slopes.values()], 2)
    kernel = torch.einsum("nop,p,mop->nm", flat, sizes, flat) / flat.shape[1]
    return {"": kernel.detach(), "infinite_": limit_kernel(module, sizes, RUN, inputs)}


@pytest.mark.parametrize("step", [0, STEP])
def test_it_is_the_regression_of_the_library_with_a_kernel_of_plain_jacobians(step):
    together, table = cohort([RUN], "cpu"), run(RUN)
    together.advance(step)
    data, seen = together.dataset, together.order.known[0]
    inputs = torch.cat([data.inputs[seen], data.test_inputs[:TESTED]])
    aims, expected = (torch.eye(10)[some] for some in (data.targets[seen], data.test_targets[:TESTED]))
    for name, whole in dense_kernels(together, inputs).items():
        kernel, cross = whole[:30, :30], whole[30:, :30]
        found = kernel_regression(kernel, cross, aims, ridge=relative_ridge(kernel, RIDGE))
        wrong = (found.predictions.argmax(1) != data.test_targets[:TESTED]).double().mean()
        assert 0 < wrong < 0.8
        assert_close(values(table, f"{name}kernel_test_error", step), wrong[None])
        loss = (found.predictions - expected).square().mean()
        assert_close(values(table, f"{name}kernel_test_loss", step), loss[None], rtol=1e-6, atol=0)
        smallest = torch.tensor([found.smallest]) / kernel.diagonal().mean()
        assert_close(values(table, f"{name}kernel_test_loss_smallest", step), smallest, rtol=1e-5, atol=0)
        assert values(table, f"{name}kernel_test_error_residual", step) < 1e-9


def test_power_law_features_have_the_exponent_of_their_target():
    # lambda_i = i^-1.5 and lambda_i w_i^2 = i^-1.8: without noise the error falls as n^-0.8.
    source, counts, losses = 0.8 / 1.5, (16, 32, 64, 128, 256), []
    for seed in range(4):
        data = PowerLawTeacher(1.5, source, dimension=4096, train_examples=256, test_examples=500, data_seed=seed)
        measured = (KernelTestError("kernel_test_loss", GRID),)
        one = replace(RUN, model=LinearModel(), data=data, measurements=measured, steps=1, criterion="of_data")
        runs = [replace(one, trained_examples=count, seed=seed) for count in counts]
        losses.append([float(values(run(spec), "kernel_test_loss", 0)) for spec in runs])
    slopes = [-np.polyfit(np.log(counts), np.log(row), 1)[0] for row in losses]
    assert abs(np.mean(slopes) - 0.8) < 3 * np.std(slopes, ddof=1) / sqrt(len(slopes)) + 0.05
    fit = fit_law(counts, np.mean(losses, 0), law="power", level=None)
    assert fit.estimates["exponent"] == pytest.approx(0.8, abs=0.1)


@pytest.mark.slow
def test_the_kernel_that_training_leaves_knows_the_parity_of_two_bits_of_twenty():
    one = replace(
        RUN,
        model=MLP(64, depth=1, bias=True),
        data=SparseParity(tasks=1, bits=20, subset_size=2, train_examples=300, test_examples=300),
        optimizer=SGD(0.3, momentum=0.9, batch_size=32),
        regime=RegimeSpec("mup", 64, 1),
        measurements=(KernelTestError("kernel_test_error", StepGrid(every=300), ridge=RIDGE),),
        steps=300,
        precision="float32",
        trained_examples=None,
    )
    table = run(one)
    first, last = (float(values(table, "kernel_test_error", step)) for step in (0, 300))
    assert first > 0.15
    assert last < 0.02


def test_an_expansion_keeps_the_kernel_of_its_start_and_a_trained_network_leaves_it():
    one = replace(RUN, measurements=MEASURED[2:3])
    kept, left = (run(replace(one, expansion=kind)) for kind in ("taylor", "network"))
    first = values(left, "kernel_test_loss", 0)
    assert_close(values(kept, "kernel_test_loss", 0), first)
    assert_close(values(kept, "kernel_test_loss"), first)
    assert abs(values(left, "kernel_test_loss") / first - 1) > 1e-3


def test_the_kernel_of_infinite_width_is_asked_again_where_the_examples_are_others(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "spectra.training.kernel_test_error.limit_kernel", lambda *given: asked.append(0) or limit_kernel(*given)
    )
    one = replace(RUN, measurements=MEASURED[1:2], steps=2 * STEP)
    table = run(one)
    assert len(asked) == 1
    assert len(table[table["quantity"] == "infinite_kernel_test_error"]["value"].unique()) == 1
    together, memory = cohort([one], "cpu"), {}
    first = MEASURED[1].measure(together, memory, [])
    together.order = together.order.drawn(12)
    assert MEASURED[1].measure(together, memory, []) != first


def test_under_adam_it_begins_with_the_first_update_and_has_no_limit_of_infinite_width():
    table = run(replace(RUN, optimizer=Adam(0.01), measurements=MEASURED[:1]))
    assert table[table["quantity"] == "kernel_test_error"]["step"].tolist() == [STEP]
    with pytest.raises(ValueError, match="infinite_kernel_test_error is known for the optimizer sgd"):
        run(replace(RUN, optimizer=Adam(0.01), measurements=MEASURED[1:2]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": Sphere(3, "neuron", 40, 70)}, "use kernel_test_loss"),
        ({"model": ConvResNet(4, depth=3)}, "mlp and residual_mlp without norms"),
        ({"data": Digits(1790)}, "asks for 60 examples, and there are 7"),
    ],
    ids=["numbers", "no limit", "too many"],
)
def test_what_cannot_be_measured_is_refused_at_the_start(changes, message):
    with pytest.raises(ValueError, match=message):
        run(replace(RUN, measurements=MEASURED[1::-1], **changes))
