"""Estimates of cost, held against what is measured."""

from dataclasses import replace

import pytest
import torch

from spectra.models import ResidualMLP
from spectra.training import SGD, alone, footprint, most_members
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


def test_what_cannot_be_batched_is_said_in_the_words_of_torch():
    class Choosy(torch.nn.Linear):
        def forward(self, inputs):
            return super().forward(inputs) * (2.0 if bool(self.weight.sum() > 0) else 1.0)

    class ChoosyModel:
        kind, size = "choosy", ResidualMLP(8).size

        def build(self, inputs, outputs):
            return torch.nn.Sequential(torch.nn.Flatten(), Choosy(64, outputs))

    one = spec()
    object.__setattr__(one, "model", ChoosyModel())
    assert "cannot be batched" in alone(one)
