"""Faults that a check of coordinates cannot show, against the library as it is."""

import pytest
import torch
from torch import nn

from spectra import flatten, hessian, top_eigenpairs
from spectra.checks import Plan, coordinate_check
from spectra.models import MLP
from spectra.objectives import Objective, squared_error
from spectra.operators import effective_curvature
from spectra.scaling import CATALOG, Size, parameter_groups, parameterize, regime
from spectra.training.optimizers import AdamW

BATCH = torch.randn(2, 32, 8, generator=torch.Generator().manual_seed(3))


def network(width, name="mup", *, zero=False):
    model = MLP(width, depth=1, activation="tanh", zero_readout=zero).build(8, 8)
    chosen = regime(name, base=Size(32, 1), richness=1.0)
    parameterize(model, chosen, Size(width, 1), torch.Generator().manual_seed(width))
    groups = parameter_groups(model, chosen, Size(width, 1), rate=8.0, decay=0.0)
    return model, torch.optim.SGD(groups, lr=8.0, momentum=0.9)


def curvature(model):
    weights, function = flatten(model)
    return hessian(Objective(function, squared_error, [tuple(BATCH)]), weights), function


def train(model, optimizer, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        (model(BATCH[0]) - BATCH[1]).square().mean().backward()
        optimizer.step()


def test_raw_sharpness_depends_on_the_width_and_effective_sharpness_does_not():
    raw, effective = [], []
    for width in (32, 256):
        model, optimizer = network(width)
        train(model, optimizer, 5)
        matrix, function = curvature(model)
        raw.append(float(top_eigenpairs(matrix).values[0]))
        effective.append(float(top_eigenpairs(effective_curvature(matrix, optimizer, function)).values[0]))
    assert effective[1] / effective[0] == pytest.approx(1, rel=0.2)
    assert raw[1] / raw[0] < 0.5


def test_the_largest_eigenvalue_has_the_right_sign_where_power_iteration_has_the_wrong_one():
    # With a readout near zero the residual part of the Hessian has the spectrum +- |gradient|, and of the two ends the
    # negative one can be the larger.
    module = nn.Sequential(nn.Linear(8, 16, bias=False), nn.Linear(16, 1, bias=False))
    nn.init.normal_(module[1].weight, std=1e-3)
    inputs, targets = BATCH[0], 100 * BATCH[1][:, :1]
    weights, function = flatten(module)
    matrix = hessian(Objective(function, squared_error, [(inputs, targets)]), weights)
    spectrum = torch.linalg.eigvalsh(matrix.dense())
    vector = torch.ones_like(weights)
    quotients = []
    for _ in range(30):
        image = matrix @ vector
        quotients.append(float(vector @ image / (vector @ vector)))
        vector = image / image.norm()
    assert spectrum[0] < 0 < spectrum[-1]
    assert min(quotients[-2:]) < 0.9 * float(spectrum[-1])
    assert float(top_eigenpairs(matrix).values[0]) == pytest.approx(float(spectrum[-1]), rel=1e-3)


def test_a_zero_readout_moves_nothing_before_it_in_the_first_update():
    model, optimizer = network(32, zero=True)
    before = model.embed.weight.detach().clone()
    train(model, optimizer, 1)
    assert torch.equal(model.embed.weight, before)
    train(model, optimizer, 1)
    assert not torch.equal(model.embed.weight, before)
    check = coordinate_check(MLP(32, depth=1, zero_readout=True), "mup", (32, 64), plan=Plan(steps=2, seeds=(1, 2)))
    assert any("with a zero readout the first update moves nothing" in note for note in check.notes)


@pytest.mark.parametrize("name", CATALOG)
def test_weight_decay_shrinks_networks_of_all_widths_alike(name):
    chosen = regime(name, optimizer="adamw", base=Size(32, 1))
    optimizer = AdamW(rate=0.01, decay=0.1)

    def shrinkage(width):
        groups = parameter_groups(MLP(width, depth=1).build(8, 8), chosen, Size(width, 1), **optimizer.base_values())
        return [group["lr"] * group["weight_decay"] for group in groups]

    assert shrinkage(256) == pytest.approx(shrinkage(32))


def test_no_regime_touches_momentum():
    for name in CATALOG:
        for width in (32, 256):
            chosen = regime(name, base=Size(32, 1), richness=2.0)
            model = MLP(width, depth=1).build(8, 8)
            optimizer = torch.optim.SGD(
                parameter_groups(model, chosen, Size(width, 1), rate=0.1, decay=0.0), lr=0.1, momentum=0.9
            )
            assert {group["momentum"] for group in optimizer.param_groups} == {0.9}


def test_the_rate_of_embeddings_stays_under_mup_with_adam_and_not_under_a_global_rate():
    chosen = regime("mup", optimizer="adamw", base=Size(32, 1))
    groups = parameter_groups(MLP(256, depth=1).build(8, 8), chosen, Size(256, 1), rate=0.1, decay=0.0)
    rates = {group["role"]: group["lr"] for group in groups}
    assert rates == pytest.approx({"input": 0.1, "hidden": 0.1 / 8, "output": 0.1})
