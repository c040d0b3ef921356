"""The convolutions of Gauss-Newton products have the derivatives of torch's own."""

from fnmatch import fnmatchcase

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import grad
from torch.nn import functional
from torch.testing import assert_close

from spectra.objectives import Objective, flatten, squared_error
from spectra.operators import gauss_newton
from spectra.operators.convolution import CheapJacobians
from tests.references import dense_gauss_newton, relative_error

CALLS = {
    "1": lambda x, w, b: functional.conv1d(x.flatten(2), w.flatten(2), b),
    "2": lambda x, w, b: functional.conv2d(x, w, b),
    "without bias": lambda x, w, b: functional.conv2d(x, w),
    "3": lambda x, w, b: functional.conv3d(x[..., None, :], w[..., None, :], b, padding=(1, 0, 1)),
    "stride, padding, dilation": lambda x, w, b: functional.conv2d(x, w, b, stride=2, padding=(1, 2), dilation=(2, 1)),
    "groups": lambda x, w, b: functional.conv2d(x, w[:, :2], b, groups=2),
    "keywords": lambda x, w, b: torch.conv2d(input=x, weight=w, bias=b, padding=1),
    "same": lambda x, w, b: functional.conv2d(x, w, b, padding="same"),
    "transposed": lambda x, w, b: functional.conv_transpose2d(x, w.mT, b[:4]),
    "one image": lambda x, w, b: functional.conv2d(x[0], w, b),
}


def derivatives(call) -> list[Tensor]:
    """Value, gradients, and the derivatives of the gradients in cotangent, inputs, weight and bias."""
    generator = torch.Generator().manual_seed(0)
    x, w, b = (torch.randn(shape, generator=generator) for shape in [(2, 4, 7, 6), (4, 4, 3, 3), (4,)])
    given = [tensor.requires_grad_() for tensor in (x, w, b)]
    outputs = call(*given)
    cotangent = torch.randn(outputs.shape, generator=generator).requires_grad_()
    gradients = grad(outputs, given, cotangent, create_graph=True, allow_unused=True, materialize_grads=True)
    probes = [torch.randn(gradient.shape, generator=generator) for gradient in gradients]
    seconds = grad(gradients, (cotangent, *given), probes, allow_unused=True, materialize_grads=True)
    return [tensor.detach() for tensor in (outputs, *gradients, *seconds)]


@pytest.mark.parametrize("kind", CALLS)
def test_first_and_second_derivatives_are_those_of_torch(kind):
    expected = derivatives(CALLS[kind])
    with CheapJacobians():
        measured = derivatives(CALLS[kind])
    assert torch.equal(measured[0], expected[0])
    for one, other in zip(measured[1:], expected[1:], strict=True):
        assert_close(one, other, rtol=0, atol=1e-13 * float(1 + other.abs().max()))


def test_a_gauss_newton_product_with_a_convolution_costs_three_more(monkeypatch):
    """Two for the Jacobian, and two for its transpose, of which torch makes one call."""
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Conv2d(4, 4, 3), nn.Flatten())
    weights, network = flatten(module)
    operator = gauss_newton(Objective(network, squared_error, [(torch.randn(2, 3, 6, 6), torch.randn(2, 16))]), weights)
    with torch.profiler.profile() as profile:
        operator @ weights
    calls = {event.key: event.count for event in profile.key_averages()}
    # The inputs of the first layer are data, and nothing is pushed through them.
    assert calls["aten::conv2d"] == 3
    assert calls["aten::convolution_backward"] == 2
    assert "aten::_convolution_double_backward" not in calls


@pytest.mark.parametrize("frozen", ["0.weight", "0.bias", "0.*", "2.weight"])
def test_frozen_parts_of_a_convolution_are_left_out(frozen):
    module = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Tanh(), nn.Conv2d(3, 2, 3), nn.Flatten())
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(not fnmatchcase(name, frozen))
    weights, network = flatten(module)
    objective = Objective(network, squared_error, [(torch.randn(3, 2, 5, 5), torch.randn(3, 2))])
    assert relative_error(gauss_newton(objective, weights).dense(), dense_gauss_newton(objective, weights)) < 1e-12


class Force(nn.Module):
    """A network whose outputs are themselves a gradient, through a convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv1d(1, 2, 3, padding=1), nn.Tanh(), nn.Conv1d(2, 1, 3))

    def forward(self, inputs: Tensor) -> Tensor:
        with torch.enable_grad():
            inputs = inputs.detach().requires_grad_()
            return grad(self.layers(inputs).square().sum(), inputs, create_graph=True)[0].flatten(1)


def test_networks_that_differentiate_inside_have_their_gauss_newton_matrix():
    weights, network = flatten(Force())
    objective = Objective(network, squared_error, [(torch.randn(3, 1, 5), torch.randn(3, 5))])
    assert relative_error(gauss_newton(objective, weights).dense(), dense_gauss_newton(objective, weights)) < 1e-12


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("moving", [(0,), (1,), (2,), (0, 1, 2)])
def test_forward_derivatives_are_those_of_torch(name, moving):
    given = [torch.randn(shape) for shape in [(2, 4, 7, 6), (4, 4, 3, 3), (4,)]]

    def outputs(*parts):
        whole = [parts[moving.index(place)] if place in moving else part for place, part in enumerate(given)]
        return CALLS[name](*whole)

    start, moved = tuple(given[place] for place in moving), tuple(torch.randn_like(given[place]) for place in moving)
    value, forward = torch.func.jvp(outputs, start, moved)
    with CheapJacobians():
        own_value, own_forward = torch.func.jvp(outputs, start, moved)
    assert_close((own_value, own_forward), (value, forward))
