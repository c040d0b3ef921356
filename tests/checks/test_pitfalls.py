"""Faults that a check of coordinates cannot show, against the library as it is."""

import pytest
import torch

from spectra import flatten, hessian, top_eigenpairs
from spectra.models import MLP
from spectra.objectives import Objective, squared_error
from spectra.operators import effective_curvature
from spectra.scaling import Size, parameter_groups, parameterize, regime

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


def test_a_zero_readout_moves_nothing_before_it_in_the_first_update():
    model, optimizer = network(32, zero=True)
    before = model.embed.weight.detach().clone()
    train(model, optimizer, 1)
    assert torch.equal(model.embed.weight, before)
    train(model, optimizer, 1)
    assert not torch.equal(model.embed.weight, before)
