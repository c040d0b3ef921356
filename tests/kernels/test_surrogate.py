"""The tangent kernel of surrogate gradients, against reference numbers, quadrature and finite networks."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.kernels import Erf, Identity, Kinked, Sign, Surrogate, empirical_ntk, mlp_kernel, residual_kernel
from spectra.models import SurrogateActivation, with_own_derivatives
from spectra.models.surrogate_activation import ScaledErf
from spectra.models.surrogate_activation import Sign as SignUnit
from tests.kernels.infinite_width import numbers, relative, standard_errors

REFERENCE = json.loads((Path(__file__).parent / "surrogate_reference.json").read_text())
INPUTS = numbers(REFERENCE["X"])
ACTIVATIONS = {"erf(2u)": Erf(2.0), "erf(5u)": Erf(5.0), "sign": Sign()}
SURROGATES = {"erf'(1u)": Erf(), "id": Identity()}
VARIANCES = {"weight_var": float(REFERENCE["W_var"]), "bias_var": float(REFERENCE["b_var"])}


@pytest.mark.parametrize(
    "case", REFERENCE["cases"], ids=lambda case: f"{case['activation']} {case['surrogate']} {case['hidden_layers']}"
)
def test_the_kernels_and_their_orientation_are_those_of_the_reference(case):
    unit = Surrogate(ACTIVATIONS[case["activation"]], SURROGATES[case["surrogate"]])
    nngp, tangent = mlp_kernel(INPUTS, hidden=case["hidden_layers"], activation=unit, **VARIANCES)
    assert relative(nngp, numbers(case["nngp"])) < 1e-12
    assert relative(tangent, numbers(case["sg_ntk"])) < 1e-12
    assert relative(tangent.T, numbers(case["sg_ntk"])) > 1e-2
    rows = mlp_kernel(INPUTS[1:], INPUTS, hidden=case["hidden_layers"], activation=unit, **VARIANCES)[1]
    assert_close(rows, tangent[1:])


def test_equal_functions_give_the_plain_kernel():
    for made, more in ((mlp_kernel, {"hidden": 2}), (residual_kernel, {"depth": 2})):
        plain = made(INPUTS, activation=Erf(1.5), **more, **VARIANCES)
        same = made(INPUTS, activation=Surrogate(Erf(1.5), Erf(1.5)), **more, **VARIANCES)
        for one, other in zip(plain, same, strict=True):
            assert_close(one, other, rtol=1e-13, atol=0)


@pytest.mark.parametrize("surrogate", [Erf(0.7), Erf(-0.7), Identity()])
def test_expected_slopes_are_those_of_a_sum_over_the_plane(surrogate):
    a, b, c = torch.tensor(1.7), torch.tensor(0.4), torch.tensor(-0.5)
    grid = torch.linspace(-9, 9, 1801)
    u = a.sqrt() * grid[:, None]
    v = c / a * u + (b - c**2 / a).sqrt() * grid
    weights = torch.exp(-(grid[:, None] ** 2 + grid**2) / 2) * (grid[1] - grid[0]) ** 2 / (2 * torch.pi)

    def slope(scale, at):
        return 2 * scale / torch.pi**0.5 * (-((scale * at) ** 2)).exp()

    psi = torch.ones_like(v) if isinstance(surrogate, Identity) else slope(surrogate.scale, v)
    expected = (weights * slope(1.3, u) * psi).sum()
    assert_close(Surrogate(Erf(1.3), surrogate).expectations(a, b, c)[1], expected, rtol=1e-12, atol=0)


def test_the_sign_is_the_limit_of_steep_units_and_its_kernel_with_itself_is_finite():
    unit = Surrogate(Sign(), Erf(2.0))
    limit = mlp_kernel(INPUTS, hidden=2, activation=unit, **VARIANCES)[1]
    steep = mlp_kernel(INPUTS, hidden=2, activation=Surrogate(Erf(1e5), Erf(2.0)), **VARIANCES)[1]
    assert limit.isfinite().all()
    assert_close(steep, limit, rtol=1e-4, atol=0)


def test_the_kernel_of_the_sign_itself_is_infinite_where_its_words_say_so():
    found = mlp_kernel(INPUTS, hidden=2, activation="sign", **VARIANCES)[1]
    assert torch.equal(found.isinf(), torch.eye(len(INPUTS), dtype=torch.bool))
    line = torch.outer(torch.tensor([1.0, 2.0, -1.0]), INPUTS[0])
    found = mlp_kernel(line, hidden=1, activation="sign", weight_var=1.0, bias_var=0.0)[1]
    assert bool((found[:2, :2] == torch.inf).all())
    assert bool((found[:2, 2] < -1e4).all())


def network(width, unit, seed):
    """Two layers of units in the NTK parameterization, and its rates."""
    torch.manual_seed(seed)
    sizes = [4, width, width, 1]
    layers = [nn.Linear(before, after) for before, after in pairwise(sizes)]
    rates = {}
    for place, layer in enumerate(layers):
        nn.init.normal_(layer.weight, std=layer.in_features**-0.5)
        nn.init.normal_(layer.bias, std=0.1)
        rates |= {f"{2 * place}.weight": 1 / layer.in_features, f"{2 * place}.bias": 0.01}
    return nn.Sequential(layers[0], unit, layers[1], unit, layers[2]), rates


@pytest.mark.parametrize("surrogate", ["erf", "id"])
def test_two_modules_make_the_empirical_kernel_whose_mean_is_the_analytic_one(surrogate):
    psi, closed = {"erf": (ScaledErf(1.0), Erf()), "id": (nn.Identity(), Identity())}[surrogate]
    unit = SurrogateActivation(ScaledErf(2.0), psi)
    found = []
    for seed in range(40):
        module, rates = network(128, unit, seed)
        own = with_own_derivatives(module)
        found.append(empirical_ntk(own, INPUTS, weights=rates, outputs=0, module2=module))
    limit = mlp_kernel(INPUTS, hidden=2, activation=Surrogate(Erf(2.0), closed), **VARIANCES)[1]
    samples = torch.stack(found)
    # A finite width is off by order 1 / width beside chance.
    assert (standard_errors(samples, limit) < 4).all()
    if surrogate == "id":  # of the other one the draws cannot tell the orientation
        assert standard_errors(samples, limit.T).max() > 4


def test_the_empirical_kernel_is_the_product_of_two_jacobians():
    module, _ = network(7, SurrogateActivation(ScaledErf(2.0), nn.Identity()), 1)

    def jacobian(model):
        weights = dict(model.named_parameters())
        slopes = torch.func.jacrev(lambda given: torch.func.functional_call(model, given, INPUTS)[:, 0])(weights)
        return torch.cat([slope.flatten(1) for slope in slopes.values()], 1)

    own = with_own_derivatives(module)
    assert_close(own(INPUTS), module(INPUTS), rtol=0, atol=0)
    kernel = empirical_ntk(own, INPUTS, INPUTS[1:], outputs=0, module2=module)
    assert_close(kernel, jacobian(own) @ jacobian(module)[1:].T)
    assert (kernel[1:] - kernel[1:].T).abs().max() > 0.01


def test_a_small_update_with_surrogate_gradients_moves_outputs_by_the_empirical_kernel():
    module, _ = network(20, SurrogateActivation(ScaledErf(2.0), ScaledErf(1.0)), 2)
    before, targets = module(INPUTS).detach(), torch.randn(3, 1)
    kernel = empirical_ntk(with_own_derivatives(module), INPUTS, outputs=0, module2=module)
    ((module(INPUTS) - targets).square().sum() / 2).backward()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter -= 1e-6 * parameter.grad
    assert_close((module(INPUTS) - before) / 1e-6, -kernel @ (before - targets), rtol=1e-4, atol=1e-4)


def test_units_without_a_closed_form_and_signs_without_a_jacobian_are_refused():
    with pytest.raises(TypeError, match=r"Kinked.* has no closed form here; use Erf\(m\) or Sign\(\)"):
        Surrogate(Kinked(), Erf())
    zeros = torch.cat([INPUTS, torch.zeros(1, 4)])
    with pytest.raises(ValueError, match="all units of a layer zero, where the sign has no slope"):
        mlp_kernel(zeros, hidden=1, activation=Surrogate(Sign(), Erf()), weight_var=1.0, bias_var=0.0)
    assert mlp_kernel(zeros, hidden=1, activation=Surrogate(Sign(), Erf()), **VARIANCES)[1].isfinite().all()
    module, _ = network(5, SurrogateActivation(SignUnit(), nn.Identity()), 1)
    with pytest.raises(ValueError, match="1 is a sign, whose derivative is zero almost everywhere"):
        with_own_derivatives(module)
    with pytest.raises(ValueError, match=r"has no SurrogateActivation.*put SurrogateActivation\("):
        with_own_derivatives(nn.Sequential(nn.Linear(4, 3), nn.Tanh()))
