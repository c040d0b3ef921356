import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.operators import flatten


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(4, 5, bias=False)
        self.middle = nn.BatchNorm1d(5)
        self.again = self.embed

    def forward(self, inputs):
        return self.middle(self.again(inputs)) @ self.embed.weight


def test_the_flat_network_is_the_module():
    module = Tied().eval()
    weights, network = flatten(module)
    inputs = torch.randn(3, 4)
    assert weights.shape == (20 + 5 + 5,)  # the tied tensor counts once
    assert_close(network(weights, inputs), module(inputs))


class TiedTensor(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.readout = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)
        self.readout.weight = self.embed.weight

    def forward(self, inputs):
        return self.readout(self.embed(inputs).tanh())


@pytest.mark.parametrize("build", [Tied, TiedTensor])
def test_a_call_moves_every_tied_place_and_leaves_the_module_as_it_was(build):
    module = build().eval()
    weights, network = flatten(module)
    inputs = torch.randn(3, 4)
    before = module(inputs)
    shifted = network(weights + 1, inputs)
    assert_close(module(inputs), before, rtol=0, atol=0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(1)
    assert_close(shifted, module(inputs))


def test_flat_is_the_inverse_of_named():
    weights, network = flatten(Tied().eval())
    assert_close(network.flat(network.named(weights)), weights, rtol=0, atol=0)


def test_weights_are_a_snapshot_and_buffers_are_frozen():
    module = Tied().eval()
    weights, network = flatten(module)
    inputs = torch.randn(3, 4)
    before = network(weights, inputs)
    with torch.no_grad():
        module.embed.weight.add_(1)
        module.middle.running_mean.add_(1)
    assert_close(network(weights, inputs), before, rtol=0, atol=0)


def test_frozen_parameters_are_left_out():
    module = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 2))
    module[0].requires_grad_(False)
    weights, _ = flatten(module)
    assert weights.shape == (12,)


def test_a_module_without_trainable_weights_is_refused():
    with pytest.raises(ValueError, match="requires a gradient"):
        flatten(nn.Linear(2, 2).requires_grad_(False))


def test_weights_of_two_kinds_are_refused():
    with pytest.raises(ValueError, match="several kinds"):
        flatten(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).float()))


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(2), nn.Dropout(0.1)])
def test_layers_whose_loss_is_no_function_of_the_weights_are_refused(layer):
    module = nn.Sequential(nn.Linear(2, 2), layer)
    with pytest.raises(ValueError, match=r"module\.eval\(\)"):
        flatten(module)
    flatten(module.eval())


def test_a_missing_name_is_refused():
    _, network = flatten(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="bias"):
        network.flat({"weight": torch.zeros(2, 2)})
