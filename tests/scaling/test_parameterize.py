"""Weights and multipliers that a regime asks for, on our models."""

from math import sqrt

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from spectra.models import GPT, MLP, ResidualMLP
from spectra.scaling import Linear, Residual, Role, Size, parameterize, regime
from tests.scaling.small_runs import BASE, DATA, network


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("width", [64, 1024])
def test_initial_scales_follow_the_table(width):
    model, _ = network(regime("mup", base=BASE), Size(width, 2))
    deviations = {
        layer.role: float(layer.weight.detach().std()) for layer in model.modules() if isinstance(layer, Linear)
    }
    assert deviations[Role.HIDDEN] == pytest.approx(1 / sqrt(width), rel=0.05)
    assert deviations[Role.OUTPUT] == pytest.approx(1 / sqrt(BASE.width), rel=0.2)
    assert deviations[Role.INPUT] == pytest.approx(1 / sqrt(8), rel=0.15)


def test_branches_and_attention_get_their_factors():
    plain, size = regime("completep", optimizer="adam", base=Size(16, 2)), Size(64, 4)
    model = GPT(64, depth=4, heads=2).build((8,), 11)
    parameterize(model, plain, size, generator())
    assert {part.multiplier for part in model.modules() if isinstance(part, Residual)} == {0.5}
    assert {part.multiplier for part in model.modules() if type(part).__name__ == "Attention"} == {0.5}


def test_a_zero_readout_starts_with_zero_outputs_and_shares_all_other_weights():
    models = [ResidualMLP(16, depth=2, zero_readout=zero).build(8, 3) for zero in (True, False)]
    for model in models:
        parameterize(model, regime("mup", base=BASE), BASE, generator())
    assert not models[0](DATA[0]).any()
    assert_close(models[0].blocks.state_dict(), models[1].blocks.state_dict(), rtol=0, atol=0)


def test_a_depth_rule_is_refused_where_there_are_no_branches():
    model, chosen = MLP(16, depth=4).build(8, 3), regime("depth_mup", base=BASE)
    with pytest.raises(ValueError, match="for networks without residual branches"):
        parameterize(model, chosen, Size(16, 4), generator())
    parameterize(MLP(32, depth=2).build(8, 3), chosen, Size(32, 2), generator())


def test_weights_do_not_depend_on_the_default_device():
    size, drawn = Size(64, 2), []
    for device in ("cpu", "meta"):  # meta stands for a GPU
        model = MLP(64).build(64, 10)
        with torch.device(device):
            parameterize(model, regime("mup", base=BASE), size, generator())
        drawn.append(nn.utils.parameters_to_vector(model.parameters()))
    assert torch.equal(*drawn)
