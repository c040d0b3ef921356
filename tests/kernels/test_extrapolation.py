"""How functions go on along rays: lines, powers, networks far out, and kernel predictions."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.kernels import kernel_regression, mlp_kernel, polynomial_kernel, ray_growth, ray_lines

DIRECTIONS = nn.functional.normalize(torch.randn(6, 4, generator=torch.Generator().manual_seed(0)), dim=1)


def layers(activation, *, bias=True, width=32, seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, width, bias=bias), activation, nn.Linear(width, 2, bias=bias))


def predictor(kernel):
    """Kernel regression of a smooth function on 30 random points."""
    points = torch.randn(30, 4, generator=torch.Generator().manual_seed(1))
    targets = (points[:, 0] * points[:, 1]).sin()
    return lambda inputs: kernel_regression(kernel(points), kernel(inputs, points), targets).predictions


def test_lines_are_found_with_their_slopes_and_intercepts():
    module = nn.Linear(4, 3)
    found = ray_lines(module, DIRECTIONS)
    assert_close(found.slopes, (DIRECTIONS @ module.weight.T).detach())
    assert_close(found.intercepts, module.bias.detach().expand(6, 3))
    assert_close(found.r_squared, torch.ones(6, 3))


def test_the_share_of_a_parabola_that_a_line_explains():
    # Of t^2 over an interval of length L about its middle m the line explains all but L^2 / (60 m^2 + L^2).
    found = ray_lines(lambda x: x.square().sum(1), DIRECTIONS, start=1.0, factor=9.0, points=20_001)
    assert_close(found.r_squared, torch.full((6, 1), 60 * 25 / (60 * 25 + 64)), rtol=1e-4, atol=0)


def test_a_constant_is_a_line_also_in_single_precision():
    for dtype in (torch.float32, torch.float64):
        found = ray_lines(lambda x: 0.1 + 1e-9 * x[:, :1].sin(), DIRECTIONS.to(dtype))
        assert found.r_squared.dtype == torch.float64
        if dtype == torch.float32:
            assert torch.equal(found.r_squared, torch.ones(6, 1))


def test_networks_of_relu_are_lines_far_out_and_those_of_sines_are_not():
    relu, sine = (layers(part) for part in (nn.ReLU(), Sine()))
    assert float(ray_lines(relu, DIRECTIONS, start=1e4).r_squared.min()) > 1 - 1e-6
    assert float(ray_lines(sine, DIRECTIONS, start=1e4).r_squared.max()) < 0.5


class Sine(nn.Module):
    def forward(self, x):
        return x.sin()


@pytest.mark.parametrize("hidden", [1, 3])
def test_the_kernel_predictor_of_relu_layers_without_biases_is_a_line_everywhere(hidden):
    def kernel(x1, x2=None):
        return mlp_kernel(x1, x2, hidden=hidden, activation="relu", weight_var=2.0, bias_var=0.0)[1]

    found = ray_lines(predictor(kernel), DIRECTIONS, start=0.1, factor=100)
    assert float((1 - found.r_squared).abs().max()) < 1e-12
    assert float((found.intercepts / found.slopes).abs().max()) < 1e-6
    assert ray_growth(predictor(kernel), DIRECTIONS, start=0.1) == pytest.approx(1, abs=1e-9)


def test_that_with_biases_becomes_one_far_out():
    def kernel(x1, x2=None):
        return mlp_kernel(x1, x2, hidden=1, activation="relu", weight_var=2.0, bias_var=0.5)[1]

    near, far = (float((1 - ray_lines(predictor(kernel), DIRECTIONS, start=t).r_squared).max()) for t in (0.3, 300))
    assert near > 1e-3
    assert far < 1e-5


@pytest.mark.parametrize("degree", [1, 2, 5])
def test_powers_are_found(degree):
    assert ray_growth(lambda x: x.sum(1) ** degree, DIRECTIONS) == pytest.approx(degree, abs=1e-10)


@pytest.mark.parametrize("degree", [1, 3])
def test_the_kernel_predictor_of_a_polynomial_network_without_skips_has_its_degree(degree):
    def kernel(x1, x2=None):
        return polynomial_kernel(x1, x2, degree=degree, skip=False)[1]

    assert ray_growth(predictor(kernel), DIRECTIONS) == pytest.approx(degree, abs=1e-6)


def test_with_skips_it_comes_to_its_degree_far_out():
    def kernel(x1, x2=None):
        return polynomial_kernel(x1, x2, degree=3)[1]

    near, far = (ray_growth(predictor(kernel), DIRECTIONS, start=start) for start in (1.0, 1e4))
    assert near < far - 0.1
    assert far == pytest.approx(3, abs=1e-3)


def test_directions_of_pictures_and_outputs_without_an_axis_are_read():
    found = ray_lines(lambda x: x.flatten(1).sum(1), torch.ones(3, 1, 2, 2), points=7)
    assert_close(found.slopes, torch.full((3, 1), 4.0))
    assert found.r_squared.shape == (3, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": 0.0}, "rays from 0.0 to 10.0 times that"),
        ({"factor": 1.0}, "rays from 1.0 to 1.0 times that"),
        ({"points": 2}, "points is 2; pass a whole number of at least 3"),
    ],
)
def test_impossible_rays_are_refused(options, message):
    for measured in (ray_lines, ray_growth):
        with pytest.raises(ValueError, match=message):
            measured(nn.Linear(4, 1), DIRECTIONS, **options)


@pytest.mark.parametrize("measured", [ray_lines, ray_growth])
@pytest.mark.parametrize("part", [nn.BatchNorm1d(4), nn.Dropout(0.5)])
def test_a_module_in_training_mode_is_refused_and_left_as_it_is(measured, part):
    module = nn.Sequential(part, nn.Linear(4, 1)).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    with pytest.raises(ValueError, match=r"in training mode.*call module\.eval\(\)"):
        measured(module, DIRECTIONS)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    measured(module.eval(), DIRECTIONS)


def test_what_is_no_function_of_vectors_is_refused():
    with pytest.raises(ValueError, match=r"directions are torch\.int64"):
        ray_lines(nn.Linear(4, 1), DIRECTIONS.long())
    with pytest.raises(ValueError, match=r"outputs of shape \(4,\) for 300 inputs"):
        ray_lines(lambda x: x.sum(0), DIRECTIONS)
    with pytest.raises(ValueError, match="zero on all rays"):
        ray_growth(lambda x: 0 * x, DIRECTIONS)
    with pytest.raises(ValueError, match="numbers of the outputs are not finite"):
        ray_growth(lambda x: x / 0, DIRECTIONS)
