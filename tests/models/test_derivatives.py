"""Every network has the derivatives that curvature needs, in stacks of weights too."""

import pytest
import torch
from torch.func import functional_call, jvp, vjp
from torch.testing import assert_close

from spectra.models import GPT
from spectra.objectives import Objective, cross_entropy, flatten
from spectra.operators import gauss_newton, hessian
from tests.models.specs import SMOOTH, drawn
from tests.references import dense_gauss_newton, dense_hessian

# What torch itself says when it first differentiates forward, whatever the network is.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")


def objective(name):
    """The mean loss of a network, and weights that are all away from where they start."""
    network = drawn(*SMOOTH[name], examples=3)
    weights, function = flatten(network.module)
    moved = weights + 0.2 * torch.randn_like(weights)
    return Objective(function, cross_entropy, [(network.inputs, network.targets)]), moved


@pytest.mark.parametrize("name", SMOOTH)
def test_curvature_is_the_dense_one(name):
    loss, weights = objective(name)
    truth = dense_hessian(loss, weights)
    probes = torch.randn(len(weights), 3)
    assert len(weights) < 500
    assert_close(hessian(loss, weights) @ probes, truth @ probes)
    assert_close(gauss_newton(loss, weights) @ probes, dense_gauss_newton(loss, weights) @ probes)


@pytest.mark.parametrize("name", SMOOTH)
def test_forward_and_reverse_derivatives_agree(name):
    loss, weights = objective(name)
    ((inputs, _),) = loss.batches

    def outputs(point):
        return loss.network(point, inputs)

    tangent = torch.randn_like(weights)
    value, forward = jvp(outputs, (weights,), (tangent,))
    cotangent = torch.randn_like(value)
    (reverse,) = vjp(outputs, weights)[1](cotangent)
    assert_close((cotangent * forward).sum(), reverse @ tangent)
    step = 1e-6 * tangent
    assert_close(forward, (outputs(weights + step) - outputs(weights - step)) / 2e-6, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", SMOOTH)
def test_a_stack_of_networks_is_a_loop_over_them(name):
    members = [drawn(*SMOOTH[name], seed=seed) for seed in range(3)]
    named = [dict(member.module.named_parameters()) for member in members]
    stacked = {key: torch.stack([one[key].detach() for one in named]) for key in named[0]}
    module, inputs = members[0].module, members[0].inputs

    def loss(weights):
        return functional_call(module, weights, (inputs,)).square().mean()

    slopes = torch.vmap(torch.func.grad(loss))(stacked)
    for number, member in enumerate(members):
        gradients = torch.autograd.grad(member.module(inputs).square().mean(), list(named[number].values()))
        for key, gradient in zip(named[number], gradients, strict=True):
            assert_close(slopes[key][number], gradient)


def test_a_tied_tensor_is_one_stretch_of_the_flat_weights():
    spec, shape = SMOOTH["gpt, tied"]
    weights, network = flatten(drawn(spec, shape).module)
    assert isinstance(spec, GPT)
    assert "readout.weight" not in network.shapes
    assert network.places["readout.weight"] == "embed.weight"
    assert len(weights) == sum(tensor.numel() for tensor in spec.build(shape, 3).parameters())
