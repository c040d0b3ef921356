"""The network of one hidden layer is its formula, and in the limit it has the kernel of theory."""

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from spectra.data import Sphere
from spectra.models import Shallow
from spectra.training.training_kernel import tangent_kernel
from tests.models.specs import ntk_rates, under_ntk

HE = 2**0.5


def test_it_is_its_formula():
    module = under_ntk(Shallow(6, "tanh", gain=1.3), 2)
    with torch.no_grad():
        module.hidden.bias += torch.randn(6)
    inputs = torch.randn(5, 2)
    hidden = (inputs @ module.hidden.weight.T + module.hidden.bias).tanh()
    assert_close(module(inputs), 1.3 * hidden @ module.readout.weight.T)


def test_a_centered_network_is_the_change_of_a_plain_one():
    spec = Shallow(6, "tanh", gain=1.3)
    plain, centered = under_ntk(spec, 2), under_ntk(replace(spec, centered=True), 2)
    inputs = torch.randn(5, 2)
    start = plain(inputs)
    assert not centered(inputs).any()
    with torch.no_grad():
        for name in ("hidden", "readout"):
            layers = getattr(plain, name), getattr(centered, f"{name}_change")
            for moved, change in zip(*(layer.parameters() for layer in layers), strict=True):
                change.copy_(torch.randn_like(change))
                moved += change
    assert_close(centered(inputs), plain(inputs) - start)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_centering_leaves_the_tangent_kernel_at_the_start_as_it_is(activation):
    spec = Shallow(16, activation, gain=HE)
    inputs = torch.randn(7, 2)
    networks = [under_ntk(each, 2) for each in (spec, replace(spec, centered=True))]
    assert_close(*(tangent_kernel(module, inputs, ntk_rates(module)) for module in networks))


def test_wide_networks_have_the_kernel_of_the_limit():
    points = Sphere(2, "neuron", train_examples=12).load().inputs
    module = under_ntk(Shallow(40_000, gain=HE), 2)
    kernel = tangent_kernel(module, points, ntk_rates(module))
    cosines = (points @ points.T).clamp(-1, 1)
    angles = cosines.acos()
    step = (torch.pi - angles) / torch.pi
    smooth = cosines * step + (1 - cosines.square()).sqrt() / torch.pi
    # Entries are means over the units, of deviation about 5.
    assert_close(kernel, smooth + (cosines + 1) * step, rtol=0, atol=4.5 * 5 / 40_000**0.5)
