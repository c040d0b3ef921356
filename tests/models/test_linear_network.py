"""The linear network under the regimes of the catalog trains as its closed recursion says."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch.autograd.functional import hessian
from torch.testing import assert_close

from spectra.asymptotics.linear_network import LinearTask, linear_state
from spectra.asymptotics.linear_network_curvature import linear_curvature
from spectra.asymptotics.linear_network_start import output_scale
from spectra.asymptotics.linear_network_training import linear_descent
from spectra.data import PowerLawTeacher
from spectra.models import LinearNetwork
from spectra.scaling import Size, parameterize, regime
from spectra.scaling.scaled_parameters import scaled_parameters
from spectra.training import Loss, RegimeSpec, RunSpec, Sharpness, StepGrid, run
from spectra.training.initial_cohort import cohort
from spectra.training.optimizers import SGD

DATA = PowerLawTeacher(capacity=1.0, dimension=4, train_examples=20, test_examples=1)
REGIMES = {
    "mup": RegimeSpec("mup", 1, 1, richness=2.0),
    "mup, base 8": RegimeSpec("mup", 8, 1, richness=1.0),
    "mup, as the base is": RegimeSpec("mup", 4, 1),
    "ntk_matched": RegimeSpec("ntk_matched", 1, 1, richness=4.0),
    "ntk_matched, base 8": RegimeSpec("ntk_matched", 8, 1, richness=1.0),
    "ntk": RegimeSpec("ntk", 1, 1, richness=2.0),
    "ntk, base 8": RegimeSpec("ntk", 8, 1),
}


def spec(name):
    grid = StepGrid(every=1)
    measured = (Loss(grid), Sharpness("effective_sharpness", grid, 20, tolerance=1e-9, max_matvecs=400))
    return RunSpec(LinearNetwork(16), DATA, SGD(0.2), REGIMES[name], measured, steps=25, seed=5, precision="float64")


def task():
    dataset = DATA.load()
    return LinearTask(dataset.inputs.numpy(), dataset.targets[:, 0].numpy())


def state(module, wanted):
    """State of a network, with the multiplier and the relative learning rates that the regime gave it."""
    table = scaled_parameters(module, wanted.regime.build("sgd"), wanted.model.size)
    return linear_state(
        module.hidden.weight.detach(),
        module.readout.weight.detach()[0],
        multiplier=module.hidden.multiplier * module.readout.multiplier,
        hidden_rate=table["hidden.weight"].rate,
        readout_rate=table["readout.weight"].rate,
    )


def dense_sharpness(module, rates, dataset):
    weights = dict(module.named_parameters())
    flat = torch.cat([part.detach().flatten() for part in weights.values()])

    def loss(vector):
        parts = vector.split([part.numel() for part in weights.values()])
        named = {name: piece.reshape(old.shape) for (name, old), piece in zip(weights.items(), parts, strict=True)}
        return (torch.func.functional_call(module, named, dataset.inputs) - dataset.targets).square().mean()

    roots = rates.sqrt()
    return torch.linalg.eigvalsh(roots[:, None] * hessian(loss, flat) * roots)[-1]


def test_it_is_its_formula():
    module = LinearNetwork(6).build((2, 3), 4)
    parameterize(module, regime("ntk", base=Size(1, 1)), Size(6, 1), torch.Generator().manual_seed(0))
    inputs = torch.randn(5, 2, 3)
    assert_close(module(inputs), inputs.flatten(1) @ module.hidden.weight.T @ module.readout.weight.T / 6**0.5)


@pytest.mark.parametrize("name", REGIMES)
def test_updates_loss_and_sharpness_are_those_of_the_recursion(name):
    wanted, examples = spec(name), task()
    members = cohort([wanted], "cpu")
    path = linear_descent(examples, state(members.module(0), wanted), rate=0.2, steps=range(26))
    curvature = 0.2 * linear_curvature(examples, path).largest
    for step in range(26):
        module = members.module(0)
        now = state(module, wanted)
        assert_allclose(path.weights[step], now.weights, atol=1e-12)
        assert_allclose(path.hidden[step], now.hidden, atol=1e-12)
        assert_allclose(examples.loss(path.weights[step]), members.mean_loss(*first(members)).item(), rtol=1e-10)
        if step % 5 == 0:
            dense = dense_sharpness(module, members.step_sizes()[0], DATA.load())
            assert_allclose(curvature[step], dense, rtol=1e-10)
        members.advance(1)


def first(members):
    return members.dataset.inputs, members.dataset.targets


@pytest.mark.parametrize("name", ["mup", "ntk_matched", "ntk"])
def test_a_run_measures_what_the_recursion_says(name):
    wanted, examples = spec(name), task()
    start = state(cohort([wanted], "cpu").module(0), wanted)
    path = linear_descent(examples, start, rate=0.2, steps=range(26))
    table = run(wanted).set_index("quantity")
    assert_allclose(table.loc["loss", "value"], examples.loss(path.weights), rtol=1e-10)
    assert_allclose(
        table.loc["effective_sharpness", "value"], 0.2 * linear_curvature(examples, path).largest, rtol=1e-8
    )


@pytest.mark.parametrize("name", ["mup", "ntk_matched", "ntk"])
@pytest.mark.parametrize("width", [16, 64])
def test_with_base_one_both_layers_learn_alike_at_the_output_scale_of_the_regime(name, width):
    """f = a.W x / (gamma sqrt(N D)) with unit variances and learning rates gamma^2, so that r = gamma^2 / N."""
    wanted = replace(spec("mup"), model=LinearNetwork(width), regime=RegimeSpec(name, 1, 1, richness=3.0))
    found, gamma = state(cohort([wanted], "cpu").module(0), wanted), output_scale(name, width, richness=3.0)
    assert_allclose(found.coupling, gamma**2 / width)
    assert_allclose(np.trace(found.hidden) / 4, 1, atol=4 * np.sqrt(2 / (4 * width)))
    assert_allclose(found.readout, 1, atol=4 * np.sqrt(2 / width))
