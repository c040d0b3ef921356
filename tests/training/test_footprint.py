"""Estimates of cost, held against what is measured."""

from dataclasses import replace

import pytest
import torch

from spectra.models import ResidualMLP
from spectra.training import (
    SGD,
    DensityQuantile,
    Sharpness,
    SpectralDensity,
    StepGrid,
    alone,
    footprint,
    most_members,
)
from tests.training.test_cohort import MODELS, of_model, spec


@pytest.mark.parametrize("name", MODELS)
def test_weights_are_counted(name):
    one = of_model(name)
    dataset = one.data.load()
    module = one.model.build(tuple(dataset.inputs.shape[1:]), dataset.outputs)
    assert footprint(one).weights == sum(parameter.numel() for parameter in module.parameters())


def test_work_is_that_of_the_matrix_products():
    one = spec(model=ResidualMLP(64, depth=1), optimizer=SGD(0.1, batch_size=100), measurements=(), steps=1000)
    # Forward, and backward in weights and in activations, of which the inputs need none: two operations each.
    products = 100 * 2 * (2 * 64 * 64 + 3 * 64 * 64 + 3 * 64 * 10)
    assert footprint(one).work / one.steps == pytest.approx(products + 4e6)


def test_an_expansion_takes_its_own_products_and_a_pretraining_those_of_the_network():
    one = spec(model=ResidualMLP(64, depth=1), optimizer=SGD(0.1, batch_size=100), measurements=(), steps=1000)
    network, expanded = footprint(one), footprint(replace(one, expansion="taylor"))
    # The network at the start, the ways of the weights and of the activations, and backward through both. The inputs
    # have no way and need no slope; but a product with their way of zeros is counted.
    products = 100 * 2 * (4 * 64 * 64 + 5 * 64 * 64 + 5 * 64 * 10)
    assert expanded.work / one.steps == pytest.approx(products + 4e6)
    assert expanded.memory > network.memory
    assert expanded.weights == network.weights
    later = footprint(replace(one, expansion="taylor", pretraining=500))
    assert later.work == pytest.approx(expanded.work + network.work / 2)


def test_an_activation_is_a_batch_of_the_width():
    one = spec(model=ResidualMLP(64, depth=1), optimizer=SGD(0.1, batch_size=128), precision="float32")
    assert footprint(one).activation == 128 * 64 * 4
    assert footprint(replace(one, precision="float64")).activation == 128 * 64 * 8


def test_wide_networks_run_alone_on_a_cpu_and_say_why():
    wide = spec(model=ResidualMLP(1024, depth=1), optimizer=SGD(0.1, batch_size=128), precision="float32")
    assert "fills the cache" in alone(wide)
    assert most_members(wide) == 1
    assert alone(wide, device="cuda") is None
    narrow = replace(wide, model=ResidualMLP(32, depth=1))
    assert alone(narrow) is None
    # Inputs of 64 numbers count as activations too.
    assert 16 <= most_members(narrow) <= 32


@pytest.mark.parametrize("density", [SpectralDensity, DensityQuantile])
def test_densities_count_by_their_krylov_basis_and_their_products(density):
    one = spec(model=ResidualMLP(256, depth=1), measurements=(), steps=10, precision="float64")
    few, many = (
        footprint(replace(one, measurements=(density(StepGrid(every=10), examples=100, lanczos_steps=steps),)))
        for steps in (20, 120)
    )
    assert many.memory - few.memory == 100 * 8 * many.weights
    assert many.work - footprint(one).work == pytest.approx(6 * (few.work - footprint(one).work))


def test_many_eigenvalues_count_by_the_vectors_of_their_basis():
    one = spec(model=ResidualMLP(256, depth=1), precision="float64")
    few, many = (
        footprint(replace(one, measurements=(Sharpness("sharpness", StepGrid(every=10), 100, count=count),)))
        for count in (1, 50)
    )
    assert many.memory - few.memory == (3 * 50 + 12 - 30) * 8 * many.weights


def test_what_cannot_be_batched_is_said_in_the_words_of_torch():
    class Choosy(torch.nn.Linear):
        def forward(self, inputs):
            return super().forward(inputs) * (2.0 if bool(self.weight.sum() > 0) else 1.0)

    assert "forward pass cannot be batched" in alone(with_network(lambda outputs: Choosy(64, outputs)))


def test_networks_with_frozen_weights_are_no_stack():
    def half(outputs):
        layer = torch.nn.Linear(64, outputs)
        layer.bias.requires_grad_(False)
        return layer

    assert "cannot be batched: module 0 has frozen parameters, buffers (1.bias)" in alone(with_network(half))


def with_network(build):
    """A run whose network is made by a function of the number of outputs."""

    class Given:
        kind, size = "given", ResidualMLP(8).size

        def build(self, inputs, outputs):
            return torch.nn.Sequential(torch.nn.Flatten(), build(outputs))

    one = spec()
    object.__setattr__(one, "model", Given())
    return one
