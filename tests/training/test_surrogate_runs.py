"""Runs with surrogate derivatives and with late units measure what the library says of them."""

from dataclasses import replace
from math import sqrt

import pytest
import torch
from torch.testing import assert_close

from spectra.data import Circle, Digits, Sphere
from spectra.kernels import Erf, Identity, Surrogate, bias_kernel, empirical_ntk, mlp_kernel
from spectra.models import MLP, Shallow, SurrogateMLP, Thresholded, with_own_derivatives
from spectra.training import (
    SGD,
    ActiveShare,
    InfiniteKernelDistance,
    KernelDrift,
    LimitPrediction,
    RegimeSpec,
    RunSpec,
    StepGrid,
    TangentKernel,
    run,
    run_cohort,
)
from spectra.training.active_share import active_shares
from spectra.training.infinite_limit import limit_kernel, limit_kernels
from spectra.training.initial_cohort import cohort
from spectra.training.limit_prediction import predicted_law
from spectra.training.training_kernel import training_kernel
from tests.training.dense_members import values

ALWAYS = StepGrid(every=2)
ELLIPSE = Circle(6, 8, stretch=2.0)
SOFT = RunSpec(
    SurrogateMLP(64, 1, "erf", 2.0, "unit_slopes"),
    ELLIPSE,
    SGD(0.2),
    RegimeSpec("ntk", 1, 1),
    (
        LimitPrediction(ALWAYS),
        LimitPrediction(ALWAYS, "spread"),
        KernelDrift(ALWAYS, 6),
        InfiniteKernelDistance(ALWAYS, 6),
    ),
    steps=4,
    seed=1,
    precision="float64",
)
LATE = replace(
    SOFT,
    model=Thresholded(256, 0.7, normalized=True),
    data=Sphere(3, "neuron", 12, 5),
    measurements=(ActiveShare(ALWAYS), InfiniteKernelDistance(ALWAYS, 12)),
)


def test_the_limit_of_a_run_is_the_kernel_of_the_library():
    together = cohort([SOFT], "cpu")
    given = together.module(0), together.step_sizes()[0], SOFT, together.dataset.inputs
    nngp, tangent = mlp_kernel(
        together.dataset.inputs,
        hidden=2,
        activation=Surrogate(Erf(2.0), Identity()),
        weight_var=1.0,
        bias_var=0.01,
    )
    found = limit_kernels(*given)
    assert_close(found[0], nngp)
    assert_close(found[1], 0.2 * tangent)
    assert (found[1] - found[1].T).abs().max() > 1e-3


def test_an_update_moves_outputs_by_the_kernel_that_is_measured():
    spec = replace(SOFT, optimizer=SGD(1e-6))
    together = cohort([spec], "cpu")
    data, module = together.dataset, together.module(0)
    kernel = training_kernel(module, data.inputs, together.step_sizes()[0])
    own = with_own_derivatives(module)
    flat = torch.cat([size.flatten() for size in together.step_sizes()])
    assert_close(kernel, empirical_ntk(own, data.inputs, weights=flat, outputs=0, module2=module))
    before = module(data.inputs).detach()
    together.advance(1)
    moved = together.module(0)(data.inputs).detach() - before
    assert_close(moved, -2 / 6 * kernel @ (before - data.targets), rtol=1e-4, atol=1e-10)


def test_kernels_of_drawn_networks_scatter_about_the_limit_in_its_orientation():
    specs = [replace(SOFT, model=replace(SOFT.model, width=128), seed=seed) for seed in range(40)]
    together = cohort(specs, "cpu")
    inputs, sizes = together.dataset.inputs, together.step_sizes()
    found = torch.stack([training_kernel(together.module(k), inputs, sizes[k]) for k in range(40)])
    limit = limit_kernel(together.module(0), sizes[0], specs[0], inputs)
    error = found.std(0) / sqrt(40)
    assert ((found.mean(0) - limit).abs() < 4 * error + limit.norm() / 128).all()


def test_a_run_measures_the_law_of_the_library():
    table = run(SOFT)
    together = cohort([SOFT], "cpu")
    data = together.dataset
    kernels = limit_kernels(
        together.module(0), together.step_sizes()[0], SOFT, torch.cat([data.inputs, data.test_inputs])
    )
    together.advance(4)
    outputs = together.module(0)(data.test_inputs).detach()
    law = predicted_law(*kernels, data.targets, 4)
    spread = ((outputs - law.mean).square()[:, 0] / law.covariance.diagonal()).mean()
    assert_close(values(table, "spread_limit_prediction", 4)[0], spread)
    slope = (outputs * law.mean).sum() / law.mean.square().sum()
    assert_close(values(table, "limit_prediction", 4)[0], slope)
    assert len(values(table, "limit_prediction", 0)) == 0
    assert len(values(table, "spread_limit_prediction", 0)) == 1


def test_the_law_has_the_mean_of_descent_on_the_mean_squared_error():
    points, targets = torch.randn(7, 3), torch.randn(5, 2)
    unit = Surrogate(Erf(2.0), Identity())
    nngp, tangent = mlp_kernel(points, hidden=1, activation=unit, weight_var=1.0, bias_var=0.1)
    outputs = torch.zeros(7, 2)
    for _ in range(6):
        slopes = 2 / (5 * 2) * (outputs[:5] - targets)  # of (f - y)^2 in the mean over 5 examples with 2 outputs
        outputs = outputs - 0.3 * tangent[:, :5] @ slopes
    assert_close(predicted_law(nngp, 0.3 * tangent, targets, 6).mean, outputs[5:])


@pytest.mark.parametrize(
    "model",
    [SurrogateMLP(256, 1, "sign"), SurrogateMLP(256, 1, "erf", 2.0, "own_slopes"), MLP(256, 1)],
    ids=["sign", "erf", "relu"],
)
def test_wide_networks_have_the_law(model):
    base = replace(
        SOFT,
        model=model,
        measurements=(LimitPrediction(StepGrid(every=30)), LimitPrediction(StepGrid(every=30), "spread")),
        steps=30,
        optimizer=SGD(0.5),
    )
    tables = run_cohort([replace(base, seed=seed) for seed in range(24)])
    spread = torch.stack([values(table, "spread_limit_prediction", 30)[0] for table in tables])
    slope = torch.stack([values(table, "limit_prediction", 30)[0] for table in tables])
    for numbers in (spread, slope):
        assert abs(float(numbers.mean()) - 1) < 4 * float(numbers.std()) / 24**0.5 + 0.05


def test_late_units_have_their_share_and_their_kernel():
    together = cohort([LATE], "cpu")
    data = together.dataset
    limit = limit_kernel(together.module(0), together.step_sizes()[0], LATE, data.inputs)
    assert_close(limit, 0.2 * bias_kernel(data.inputs, threshold=0.7) / (2 * 0.24196365222307303), rtol=1e-6, atol=1e-9)
    table = run(LATE)
    share = values(table, "active_share", 0)[0]
    hidden = together.module(0).hidden(data.inputs)
    assert_close(share, (hidden > 0).double().mean())
    assert active_shares(together.module(0), data.inputs) == [pytest.approx(float(share))]
    assert float(share) == pytest.approx(0.242, abs=0.05)
    assert 0 < float(values(table, "infinite_kernel_distance", 0)[0]) < 0.3


def test_members_of_a_cohort_are_those_alone():
    for base in (SOFT, replace(SOFT, model=SurrogateMLP(8, 1, "sign"), measurements=SOFT.measurements[:2]), LATE):
        specs = [replace(base, seed=seed) for seed in (1, 2)]
        for spec, table in zip(specs, run_cohort(specs), strict=True):
            assert_close(
                torch.tensor(table["value"].to_numpy()),
                torch.tensor(run(spec)["value"].to_numpy()),
                rtol=1e-9,
                atol=1e-12,
            )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"measurements": (TangentKernel(ALWAYS, 6),)}, "trained with surrogate derivatives, whose kernel is not"),
        ({"measurements": (ActiveShare(ALWAYS),)}, "counts relu units above zero, and the model has none"),
        ({"model": SurrogateMLP(8), "measurements": (KernelDrift(ALWAYS, 6),)}, "is a sign, whose derivative is zero"),
        ({"optimizer": SGD(0.2, momentum=0.9)}, "limit_prediction is known for plain gradient descent"),
        ({"optimizer": SGD(50.0)}, "linear descent converges from zero to below that"),
        ({"pretraining": 2}, "the run begins after a pretraining of 2"),
        ({"expansion": "taylor"}, "of a network with surrogate derivatives, whose Jacobian is not"),
        ({"model": Shallow(8, centered=True)}, "starts as the zero function has none"),
        ({"model": Thresholded(8)}, "no limit of infinite width is known"),
        ({"model": Thresholded(1024), "data": Digits(20)}, "has the length"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_words(changes, words):
    measurements = changes.get("measurements", SOFT.measurements[:1])
    if "data" in changes:
        measurements = (InfiniteKernelDistance(ALWAYS, 6),)
    with pytest.raises(ValueError, match=words):
        run(replace(SOFT, **{**changes, "measurements": measurements}))
