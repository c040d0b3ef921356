"""Networks with surrogate derivatives, and units that open late, are their formulas."""

import pytest
import torch
from pydantic import ValidationError
from torch import nn
from torch.testing import assert_close

from spectra.models import SurrogateActivation, SurrogateMLP, Thresholded
from spectra.models.surrogate_activation import ScaledErf, Sign
from spectra.objectives.forward_derivatives import load_forward_rules
from tests.models.specs import under_ntk

INPUTS = torch.nn.functional.normalize(torch.randn(6, 3, generator=torch.Generator().manual_seed(1)), dim=1).double()


@pytest.mark.parametrize("psi", [ScaledErf(0.7), nn.Identity()])
def test_a_unit_has_the_values_of_one_function_and_the_slopes_of_another(psi):
    load_forward_rules()
    u = torch.linspace(-3, 3, 41, requires_grad=True)
    for phi in (Sign(), ScaledErf(2.0)):
        unit = SurrogateActivation(phi, psi)
        assert torch.equal(unit(u), phi(u))
        expected = torch.autograd.grad(psi(u).sum(), u)[0]
        assert_close(torch.autograd.grad(unit(u).sum(), u)[0], expected, rtol=0, atol=0)
        pushed = torch.func.jvp(unit, (u.detach(),), (torch.ones_like(u),))[1]
        assert_close(pushed, expected, rtol=1e-15, atol=0)
        assert_close(torch.func.vmap(torch.func.grad(unit))(u.detach()), expected, rtol=0, atol=0)


def test_a_network_with_surrogates_is_its_formula():
    model = under_ntk(SurrogateMLP(5, 1, "erf", 2.0, "unit_slopes", bias_deviation=0.3), 3, outputs=2)
    one, b1, two, b2, three, b3 = [parameter for _, parameter in model.named_parameters()]
    units = torch.erf(2 * (INPUTS @ one.T / 3**0.5 + 0.3 * b1))
    units = torch.erf(2 * (units @ two.T + 0.3 * b2))
    assert_close(model(INPUTS), units @ three.T + 0.3 * b3)


def test_weights_and_biases_are_drawn_with_their_variances():
    model = under_ntk(SurrogateMLP(400, 1, bias_deviation=0.1), 3)
    deviations = {name: float(tensor.detach().std()) for name, tensor in model.named_parameters() if len(tensor) > 1}
    for name, found in deviations.items():
        expected = 0.05 if name == "layers.2.weight" else 1.0
        assert found == pytest.approx(expected, rel=0.15), name
    assert not any("bias" in name for name, _ in under_ntk(SurrogateMLP(4, bias_deviation=0.0), 3).named_parameters())


def test_a_network_of_signs_is_trained_in_all_layers():
    model = under_ntk(SurrogateMLP(6, 1, "sign", surrogate="erf_slopes"), 3)
    model(INPUTS).square().mean().backward()
    assert all(bool(parameter.grad.any()) for parameter in model.parameters())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"surrogate": "own_slopes"}, "nothing but the readout would be trained"),
        ({"steepness": 2.0}, "a steepness of 2.0 was given, and only erf has one"),
        ({"surrogate": "unit_slopes", "surrogate_steepness": 2.0}, "a surrogate_steepness of 2.0"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, words):
    with pytest.raises(ValidationError, match=words):
        SurrogateMLP(4, **settings)


def test_outputs_of_units_that_never_open_have_no_scale():
    with pytest.raises(ValidationError, match=r"threshold 40.0, at which no unit is ever active"):
        Thresholded(8, 40.0, normalized=True)
    assert Thresholded(8, 40.0).gain == 1


def test_a_network_of_late_units_is_its_formula():
    model = under_ntk(Thresholded(8, 0.5), 3)
    weight, bias = model.hidden.weight, model.hidden.bias
    assert_close(bias.detach(), torch.full((8,), -0.5))
    signs = torch.tensor([1.0, -1.0] * 4)
    units = (INPUTS @ weight.T - 0.5).relu()
    assert_close(model(INPUTS)[:, 0], units @ signs / 8**0.5)
    scaled = under_ntk(Thresholded(8, 0.5, normalized=True), 3)
    assert_close(scaled(INPUTS), model(INPUTS) / (2 * 0.3085375387259869) ** 0.5)


def test_every_output_has_signs_of_its_own_and_every_pattern_as_many_units():
    signs = under_ntk(Thresholded(16), 3, outputs=3).signs(torch.zeros(16))
    assert_close(signs @ signs.T, 16 * torch.eye(3))
    with pytest.raises(ValueError, match=r"the signs of 3 outputs have 2\^3 patterns"):
        Thresholded(12).build((3,), 3)
