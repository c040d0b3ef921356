from dataclasses import replace
from math import pi, sqrt

import pytest
import torch
from torch.testing import assert_close

from spectra.data import Digits, Sphere
from spectra.models import MLP, ConvResNet, LinearNetwork, ResidualMLP, Shallow
from spectra.training import SGD, Adam, RegimeSpec, RunSpec, StepGrid, run
from spectra.training.infinite_kernel_distance import InfiniteKernelDistance
from spectra.training.infinite_limit import limit_kernel, start_deviations
from spectra.training.initial_cohort import cohort
from tests.training.dense_members import assert_each_alone, assert_interruptible, values

FEW = 5
WIDE = RunSpec(
    LinearNetwork(256),
    Sphere(3, "neuron", 20, 5),
    SGD(0.3),
    RegimeSpec("ntk", 1, 1),
    (InfiniteKernelDistance(StepGrid(every=2), FEW),),
    steps=4,
    seed=1,
    precision="float64",
)
MODELS = {
    "mlp": MLP(256, depth=1),
    "biases": MLP(256, depth=1, activation="tanh", bias=True, readout_bias=True, gain=1.5),
    "zero_readout": MLP(256, depth=1, activation="gelu", zero_readout=True),
    "residual": ResidualMLP(256, depth=2, layers_per_block=2, bias=True),
    "shallow": Shallow(256, gain=0.7),
    "centered": Shallow(256, centered=True),
    "linear": LinearNetwork(256),
}


def kernel_and_limit(spec):
    """J D J' of the start by plain Jacobians, and its limit."""
    together = cohort([spec], "cpu")
    module, sizes, inputs = together.module(0), together.step_sizes()[0], together.dataset.inputs[:FEW]
    weights = dict(module.named_parameters())
    slopes = torch.autograd.functional.jacobian(
        lambda *pieces: torch.func.functional_call(module, dict(zip(weights, pieces, strict=True)), inputs)[:, 0],
        tuple(weights.values()),
    )
    jacobian = torch.cat([slope.flatten(1) for slope in slopes], 1)
    return (jacobian * sizes) @ jacobian.T, limit_kernel(module, sizes, spec, inputs)


CASES = [(name, regime) for name in MODELS for regime in ("ntk", "mup")] + [("residual", "depth_mup")]


@pytest.mark.parametrize(("name", "regime"), CASES)
def test_kernels_of_the_start_scatter_about_the_limit(name, regime):
    specs = [replace(WIDE, model=MODELS[name], regime=RegimeSpec(regime, 8, 1), seed=seed) for seed in range(10)]
    kernels, limits = zip(*map(kernel_and_limit, specs), strict=True)
    assert_close(limits[0], limits[-1], rtol=1e-9, atol=0)
    found = torch.stack(kernels)
    # Their mean is off the limit by order 1 / width beside what is left to chance.
    bound = 4 * found.std(0) / sqrt(len(specs)) + limits[0].norm() / 256
    assert ((found.mean(0) - limits[0]).abs() < bound).all()


def test_a_shallow_relu_network_has_the_kernel_of_its_docstring():
    _, found = kernel_and_limit(replace(WIDE, model=Shallow(16, gain=sqrt(2))))
    points = WIDE.data.load().inputs[:FEW]
    cosines = (points @ points.T).clamp(-1, 1)
    angles = pi - cosines.acos()
    kappa_0, kappa_1 = angles / pi, (cosines * angles + (1 - cosines.square()).sqrt()) / pi
    assert_close(found, 0.3 * (kappa_1 + cosines * kappa_0 + kappa_0), rtol=1e-6, atol=1e-8)


def test_under_mup_the_start_has_the_limit_of_the_matched_ntk_network():
    model = MLP(64, depth=2, activation="tanh", bias=True)
    limits = [
        kernel_and_limit(replace(WIDE, model=model, regime=RegimeSpec(kind, 16, 1, 0.7)))[1]
        for kind in ("mup", "ntk_matched", "mean_field", "spectral")
    ]
    for other in limits[1:]:
        assert_close(other, limits[0])


def test_the_distance_is_relative_and_counts_every_output():
    spec = replace(WIDE, model=MLP(8, depth=1), data=Digits(60), regime=RegimeSpec("ntk", 1, 1))
    together = cohort([spec], "cpu")
    module, sizes, inputs = together.module(0), together.step_sizes()[0], together.dataset.inputs[:FEW]
    limit = limit_kernel(module, sizes, spec, inputs)
    weights = dict(module.named_parameters())
    jacobian = torch.func.jacrev(lambda given: torch.func.functional_call(module, given, inputs))(weights)
    flat = torch.cat([slope.flatten(2) for slope in jacobian.values()], 2)
    kernel = torch.einsum("nop,p,mqp->nmoq", flat, sizes, flat)
    whole = limit[:, :, None, None] * torch.eye(10)
    assert_close(values(run(spec), "infinite_kernel_distance", 0)[0], (kernel - whole).norm() / whole.norm())


def test_deviations_are_those_of_the_regime():
    spec = replace(WIDE, model=MLP(64, depth=1, gain=1.5, bias=True), regime=RegimeSpec("mup", 16, 1))
    found = start_deviations(cohort([spec], "cpu").module(0), spec)
    expected = [1 / sqrt(3), 0, 1.5 / sqrt(64), 0, 1 / sqrt(16)]
    assert list(found.values()) == pytest.approx(expected)


def test_members_are_those_alone_and_survive_an_interruption():
    base = replace(WIDE, model=MLP(8, depth=1))
    runs = [base, replace(base, seed=2, optimizer=SGD(0.1)), replace(base, regime=RegimeSpec("mup", 4, 1))]
    assert_each_alone(runs)
    assert_interruptible(runs, 3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"optimizer": Adam(0.01)}, "known for the optimizer sgd"),
        ({"model": MLP(8, norm="layer")}, "no limit of infinite width is known here for a LayerNorm"),
        ({"model": ConvResNet(4, depth=3), "data": Digits(30)}, "mlp and residual_mlp without norms"),
    ],
    ids=["adam", "norm", "convolution"],
)
def test_what_has_no_limit_is_refused_at_the_start(changes, message):
    with pytest.raises(ValueError, match=message):
        run(replace(WIDE, **changes))


@pytest.mark.parametrize("name", ["biases", "centered"])
def test_the_limit_is_that_of_the_draws_wherever_the_weights_have_gone(name):
    spec = replace(WIDE, model=replace(MODELS[name], width=8))
    together = cohort([spec], "cpu")
    inputs = together.dataset.inputs[:FEW]
    before = limit_kernel(together.module(0), together.step_sizes()[0], spec, inputs)
    together.advance(3)
    after = limit_kernel(together.module(0), together.step_sizes()[0], spec, inputs)
    assert_close(after, before, rtol=0, atol=0)


def test_an_expansion_keeps_the_distance_of_its_start_and_a_pretraining_moves_it():
    spec = replace(WIDE, model=MLP(8, depth=1))
    whole, expanded = run(spec), run(replace(spec, expansion="taylor"))
    later = run(replace(spec, pretraining=2, steps=2))
    found = {step: values(whole, "infinite_kernel_distance", step) for step in (0, 2, 4)}
    for step in (0, 2, 4):
        assert_close(values(expanded, "infinite_kernel_distance", step), found[0])
    for step in (0, 2):
        assert_close(values(later, "infinite_kernel_distance", step), found[step + 2])
    assert (found[2] - found[0]).abs() > 1e-4
