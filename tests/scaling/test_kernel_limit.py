"""A wide network under the NTK regime against its analytic limit (Jacot et al. 2018; Cho and Saul 2009)."""

from math import pi

import pytest
import torch
from torch.func import functional_call, jacrev

from spectra.models import MLP
from spectra.scaling import Size, parameterize, regime, scaled_parameters

WIDTH, OUTPUTS = 4096, 600


def relu_moments(kernel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """E[relu(u) relu(v)] and E[relu'(u) relu'(v)] for a Gaussian (u, v) with a covariance, entry by entry."""
    deviations = kernel.diagonal().sqrt()
    cosines = (kernel / deviations.outer(deviations)).clamp(-1, 1)
    angles = cosines.arccos()
    value = deviations.outer(deviations) * (angles.sin() + (pi - angles) * cosines) / (2 * pi)
    return value, (pi - angles) / (2 * pi)


def limits(inputs: torch.Tensor, depth: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Covariance of the outputs and tangent kernel in the metric of the regime's rates."""
    kernel = inputs @ inputs.T / inputs.shape[1]
    tangent = inputs @ inputs.T  # the rate of the input layer is one, its weights have variance 1/inputs
    for _ in range(depth + 1):
        value, slope = relu_moments(kernel)
        kernel, tangent = value, value + tangent * slope
    return kernel, tangent


def wide_network(inputs: torch.Tensor, depth: int, outputs: int):
    plain, size = regime("ntk", base=Size(64, depth)), Size(WIDTH, depth)
    model = MLP(WIDTH, depth=depth).build(inputs.shape[1], outputs)
    parameterize(model, plain, size, torch.Generator().manual_seed(3))
    return model, scaled_parameters(model, plain, size)


@pytest.mark.parametrize("depth", [1, 2])
def test_output_variance_is_that_of_the_limit(depth):
    inputs = torch.randn(3, 6)
    model, _ = wide_network(inputs, depth, OUTPUTS)
    with torch.no_grad():
        outputs = model(inputs)
    covariance, expected = outputs @ outputs.T / OUTPUTS, limits(inputs, depth)[0]
    # Each entry is a mean over OUTPUTS independent products of Gaussians, about features of WIDTH independent terms.
    sizes = expected.diagonal().outer(expected.diagonal()).sqrt()
    error = ((2 / OUTPUTS) + (10 * (depth + 1) / WIDTH)) ** 0.5
    assert ((covariance - expected).abs() / sizes).max() < 4 * error


def test_the_tangent_kernel_is_that_of_the_limit():
    inputs, depth = torch.randn(3, 6), 1
    model, scaled = wide_network(inputs, depth, 1)
    weights = {name: parameter.detach() for name, parameter in model.named_parameters()}
    jacobians = jacrev(lambda weights: functional_call(model, weights, inputs)[:, 0])(weights)
    kernel = sum(scaled[name].rate * each.flatten(1) @ each.flatten(1).T for name, each in jacobians.items())
    expected = limits(inputs, depth)[1]
    sizes = expected.diagonal().outer(expected.diagonal()).sqrt()
    # Squares of ReLU features have a standard deviation of about sqrt(5) times their mean; the layers add up.
    assert ((kernel - expected).abs() / sizes).max() < 4 * (5 * (depth + 1) / WIDTH) ** 0.5
