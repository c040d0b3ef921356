from dataclasses import replace
from math import log2, sqrt

import pytest
import torch
from torch.testing import assert_close

from spectra.models import ResidualMLP
from spectra.objectives import Objective, cross_entropy, flatten
from spectra.operators import hessian, preconditioned
from spectra.scaling import CATALOG, Linear, Power, Regime, Role, Size, parameter_groups, parameterize, regime, roles

BASE = Size(16, 2)
DATA = torch.randn(20, 8, generator=torch.Generator().manual_seed(1)), torch.arange(20) % 3


def network(regime: Regime, width: int, *, rate: float = 0.1, decay: float = 0.0, seed: int = 0):
    """A model under a regime and its optimizer; equal seeds draw equal numbers."""
    model = ResidualMLP(width, depth=2, bias=True).build(8, 3)
    parameterize(model, regime, Size(width, 2), torch.Generator().manual_seed(seed))
    groups = parameter_groups(model, regime, Size(width, 2), rate=rate, decay=decay)
    return model, torch.optim.SGD(groups, lr=rate, momentum=0.5)


def losses(regime: Regime, width: int, steps: int = 10, *, rate: float = 0.1, decay: float = 0.0) -> torch.Tensor:
    model, optimizer = network(regime, width, rate=rate, decay=decay)
    return torch.stack([_step(model, optimizer) for _ in range(steps)])


def _step(model, optimizer) -> torch.Tensor:
    loss = cross_entropy.losses(model(DATA[0]), DATA[1]).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


def effective_curvature(regime: Regime, width: int) -> torch.Tensor:
    """Eigenvalues of the Hessian in the units of the optimizer's steps."""
    model, optimizer = network(regime, width)
    weights, function = flatten(model)
    rates = {id(tensor): group["lr"] for group in optimizer.param_groups for tensor in group["params"]}
    diagonal = function.flat({name: torch.tensor(rates[id(tensor)]) for name, tensor in model.named_parameters()})
    raw = hessian(Objective(function, cross_entropy, [DATA]), weights)
    return torch.linalg.eigvalsh(preconditioned(raw, diagonal).dense())


@pytest.mark.parametrize("richness", [None, 1.0])
@pytest.mark.parametrize("name", ["mup", "ntk_matched", "standard"])
def test_at_the_base_size_every_regime_is_the_same_network(name, richness):
    ours = losses(regime(name, base=BASE, richness=richness), 16)
    assert_close(ours, losses(regime("mup", base=BASE, richness=richness), 16), rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", CATALOG)
@pytest.mark.parametrize("role", [Role.INPUT, Role.HIDDEN, Role.OUTPUT])
def test_shifts_leave_training_unchanged(name, role):
    plain = regime(name, base=BASE, richness=1.0)
    shifted = plain.shifted(role, 2.7)
    for decay in (0.0, 0.01):
        ours, theirs = losses(plain, 32, decay=decay), losses(shifted, 32, decay=decay)
        assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("role", [Role.INPUT, Role.HIDDEN, Role.OUTPUT])
def test_shifts_change_the_raw_but_not_the_effective_curvature(role):
    plain = regime("mup", base=BASE, richness=1.0)
    assert_close(effective_curvature(plain.shifted(role, 3.1), 32), effective_curvature(plain, 32), rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    ("name", "hidden", "output"), [("mup", 0.0, 0.0), ("ntk", -0.5, 0.0), ("ntk_matched", -0.5, 0.0)]
)
def test_changes_since_initialisation_scale_as_the_theory_says(name, hidden, output):
    widths = [256, 2048]
    changes = torch.tensor([_changes(regime(name, base=Size(64, 1), richness=1.0), width) for width in widths])
    slopes = (changes[-1] / changes[0]).log2() / log2(widths[-1] / widths[0])
    assert_close(slopes, torch.tensor([hidden, output]), rtol=0, atol=0.15)


def _changes(regime: Regime, width: int) -> list[float]:
    """RMS change of the last hidden layer and of the output after three steps, over seeds."""
    runs = [_change(regime, width, seed) for seed in range(3)]
    return torch.tensor(runs).square().mean(0).sqrt().tolist()


def _change(regime: Regime, width: int, seed: int) -> list[float]:
    inputs = torch.randn(4, 8, generator=torch.Generator().manual_seed(seed))
    model = ResidualMLP(width, depth=1, activation="tanh").build(8, 1)
    parameterize(model, regime, Size(width, 1), torch.Generator().manual_seed(seed + 100))
    optimizer = torch.optim.SGD(parameter_groups(model, regime, Size(width, 1), rate=0.1), lr=1.0)
    hidden = model[:-1]
    before = hidden(inputs).detach(), model(inputs).detach()
    for _ in range(3):
        optimizer.zero_grad()
        (model(inputs)[:, 0] - inputs[:, 0]).square().mean().backward()
        optimizer.step()
    after = hidden(inputs).detach(), model(inputs).detach()
    return [float((new - old).square().mean().sqrt()) for new, old in zip(after, before, strict=True)]


@pytest.mark.parametrize("width", [64, 1024])
def test_initial_scales_follow_the_table(width):
    model, _ = network(regime("mup", base=BASE), width)
    deviations = {
        layer.role: float(layer.weight.detach().std()) for layer in model.modules() if isinstance(layer, Linear)
    }
    assert deviations[Role.HIDDEN] == pytest.approx(1 / sqrt(width), rel=0.05)
    assert deviations[Role.OUTPUT] == pytest.approx(1 / sqrt(BASE.width), rel=0.2)
    assert deviations[Role.INPUT] == pytest.approx(1 / sqrt(8), rel=0.15)


def test_plain_ntk_has_unit_output_scale_and_rates_over_fan_in():
    plain = regime("ntk", base=Size(64, 3), richness=1.0)
    model, optimizer = network(replace(plain, base=Size(1, 2)), 32, rate=0.5)
    rates = {group["role"]: group["lr"] for group in optimizer.param_groups}
    assert rates == pytest.approx({"input": 0.5, "vector": 0.5, "hidden": 0.5 / 32, "output": 0.5 / 32})
    assert [layer.multiplier for layer in model.modules() if isinstance(layer, Linear)] == [1.0] * 4


def test_rate_times_decay_does_not_depend_on_the_width():
    _, optimizer = network(regime("mup", base=BASE), 256, rate=0.1, decay=0.01)
    for group in optimizer.param_groups:
        assert group["lr"] * group["weight_decay"] == pytest.approx(0.001)


def test_roles_follow_the_layers():
    names = roles(ResidualMLP(4, depth=1, bias=True).build(2, 3))
    assert list(names.values()) == [Role.INPUT, Role.VECTOR, Role.HIDDEN, Role.VECTOR, Role.OUTPUT]


def test_a_power_is_evaluated_at_the_ratios():
    assert Power(-1 / 2, 2, 3.0).at(Size(64, 6), Size(16, 3)) == pytest.approx(3 / 2 * 4)


@pytest.mark.parametrize(
    ("power", "text"),
    [(Power(), "1"), (Power(-1 / 2), "m^-1/2"), (Power(1, -2, 0.25), "0.25 m l^-2"), (Power(factor=2), "2")],
)
def test_a_power_prints_as_in_a_paper(power, text):
    assert str(power) == text


def test_a_zero_readout_starts_with_zero_outputs():
    model = ResidualMLP(16, depth=2, zero_readout=True).build(8, 3)
    parameterize(model, regime("mup", base=BASE), Size(16, 2), torch.Generator().manual_seed(0))
    assert not model(DATA[0]).any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: regime("mub", base=BASE), "known are mup, ntk_matched"),
        (lambda: regime("mup", base=BASE, optimizer="adam"), "known is sgd"),
        (lambda: regime("mup", base=BASE, richness=0.0), "must be positive"),
        (lambda: regime("mup", base=Size(0, 1)), "must be 1 or more"),
        (lambda: regime("mup", base=BASE).shifted(Role.INPUT, -1.0), "must be positive"),
        (lambda: roles(torch.nn.Linear(2, 2)), "have no role"),
        (lambda: Linear(2, 2, Role.OUTPUT, bias=True), "readout with a bias"),
    ],
)
def test_bad_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
