"""Deliberately broken set-ups: the check fails and names what is wrong."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import nn

from spectra.checks import Plan, Trial, check_trials
from tests.checks.handmade import ADAM, SGD, WIDTHS, Attender, Handmade, Perceptron, adam, sgd

PLAN = Plan(steps=4, seeds=range(5))
RIGHT = {
    "sgd": Handmade(Perceptron, SGD, sgd, 3.0),
    "adam": Handmade(Perceptron, ADAM, adam, 0.03),
    "attention": Handmade(Attender, ADAM, adam, 0.03),
}


def checked(set_up: Callable[[int, int], Trial], plan: Plan = PLAN):
    return check_trials(set_up, "mup", WIDTHS, plan=plan)


def with_rate(set_up: Handmade, role: str, exponent: float) -> Handmade:
    return replace(set_up, rates={**set_up.rates, role: exponent})


def absolute(trial: Trial, width: int):
    """A schedule that gives all groups the same rate."""
    cycle = torch.optim.lr_scheduler.OneCycleLR(trial.optimizer, max_lr=0.05, total_steps=20)

    def update():
        trial.train()
        cycle.step()

    return update


def large_epsilon(groups, ratio, rate):
    return torch.optim.Adam(groups, lr=rate, eps=1e-2)


def scaled_momentum(groups, ratio, rate):
    return torch.optim.SGD(groups, lr=rate, momentum=0.9 / ratio)


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_a_right_parameterization_passes(name):
    check = checked(RIGHT[name])
    assert check.verdict == "pass", str(check)
    assert check.causes == ()


def test_a_right_transformer_passes():
    check = checked(RIGHT["attention"], Plan(steps=4, seeds=range(8)))
    assert check.verdict == "pass", str(check)


BROKEN = {
    "base size is missing": replace(RIGHT["adam"], rates=dict.fromkeys(ADAM, 0.0), multiplier=-0.5),
    "base size is missing, so": replace(RIGHT["sgd"], rates=dict.fromkeys(SGD, 0.0), multiplier=-0.5),
    "sqrt(d) instead of d": replace(RIGHT["attention"], options={"power": -0.5}),
    "output bias": with_rate(RIGHT["sgd"], "fixed", 1.0),
    "epsilon": replace(RIGHT["adam"], optimizer=large_epsilon),
    "absolutely": replace(RIGHT["adam"], update=absolute),
    "readout starts too large": replace(RIGHT["adam"], multiplier=0.0),
    "hidden weights": with_rate(RIGHT["adam"], "hidden", 0.0),
    "input layer or embedding": with_rate(RIGHT["adam"], "input", -1.0),
    "input layer": with_rate(RIGHT["sgd"], "input", 0.0),
    "tied to the embedding": replace(RIGHT["attention"], multiplier=0.0, options={"tied": True}),
    "momentum": replace(RIGHT["sgd"], optimizer=scaled_momentum),
}


@pytest.mark.parametrize("cause", BROKEN)
def test_a_broken_parameterization_is_recognised(cause):
    check = checked(BROKEN[cause])
    assert check.verdict == "fail", str(check)
    assert cause in check.causes[0].name, str(check)
    assert "Likeliest cause" in str(check)
    assert check.causes[0].remedy in str(check)


def clipped_to_nothing(trial: Trial, width: int):
    return lambda: None


def constant_decay(groups, ratio, rate):
    return torch.optim.AdamW(groups, lr=rate, eps=1e-12, weight_decay=0.1)


class FactorOutside(Perceptron):
    """The same network with hidden weights of unit variance and the factor width^-1/2 behind the layer."""

    def __init__(self, width: int, factor: float) -> None:
        super().__init__(width, factor)
        nn.init.normal_(self.hidden.weight)
        self.shrink = width**-0.5

    def forward(self, inputs):
        hidden = torch.tanh(self.shrink * self.hidden(torch.tanh(self.embed(inputs))))
        return self.factor * self.readout(hidden) + self.bias


class Deep(nn.Module):
    """h + branch * W tanh(h), of width 32, with a factor on the branches as CompleteP or without one."""

    def __init__(self, depth: int, power: float) -> None:
        super().__init__()
        self.embed, self.readout = nn.Linear(16, 32), nn.Linear(32, 16)
        self.blocks = nn.ModuleList(nn.Linear(32, 32, bias=False) for _ in range(depth))
        nn.init.normal_(self.readout.weight, std=1 / 32)
        self.branch = float(depth**power)

    def forward(self, inputs):
        stream = self.embed(inputs)
        for block in self.blocks:
            stream = stream + self.branch * block(torch.tanh(stream))
        return self.readout(stream)


def deep(power: float):
    inputs, targets = torch.randn(2, 16, 16, generator=torch.Generator().manual_seed(7))

    def set_up(depth: int, seed: int) -> Trial:
        module = Deep(depth, power)
        return Trial(
            module,
            torch.optim.Adam(module.parameters(), lr=0.01, eps=1e-12),
            lambda net: (net(inputs) - targets).square().mean(),
        )

    return set_up


def test_branches_that_are_not_scaled_with_the_depth_are_recognised():
    plan = Plan(scale="depth", steps=4, seeds=range(4))
    right = check_trials(deep(-1.0), "completep", (4, 8, 16, 32), plan=plan)
    assert right.verdict == "pass", str(right)
    broken = check_trials(deep(0.0), "completep", (4, 8, 16, 32), plan=plan)
    assert broken.verdict == "fail"
    assert "not scaled with the depth" in broken.causes[0].name, str(broken)


def test_a_lazy_network_is_recognised():
    rates = {"input": 0.0, "hidden": -1.0, "output": -1.0, "vector": 0.0, "fixed": 0.0}
    lazy = Handmade(Perceptron, rates, sgd, 1.0, multiplier=-0.5)
    check = checked(replace(lazy, network=StartsAtOne))
    assert check.verdict == "fail"
    assert any("lazy" in cause.name for cause in check.causes), str(check)


class StartsAtOne(Perceptron):
    """A readout of size 1/sqrt(width) without a factor, as in NTK parameterization with trainable variance."""

    def __init__(self, width: int, factor: float) -> None:
        super().__init__(width, 1.0)
        nn.init.normal_(self.readout.weight, std=width**-0.5)


def test_standard_parameterization_with_rates_over_the_width_freezes_its_first_layers():
    # Powers of the first layer -3/2, of the hidden one -1/2, of the output 0.
    check = checked(Handmade(StartsAtOne, dict.fromkeys(SGD, -1.0), sgd, 1.0, multiplier=-0.5))
    change = check.exponents[check.exponents["quantity"] == "change"].set_index("layer")["exponent"]
    assert [change["embed"], change["hidden"], change["output"]] == pytest.approx([-1.5, -0.5, 0.0], abs=0.15)


def test_a_factor_outside_of_its_layer_is_no_fault():
    # Adam with weights of unit variance: the update of the hidden weights is eta / sqrt(width).
    outside = replace(with_rate(RIGHT["adam"], "hidden", -0.5), network=FactorOutside, rate=0.02)
    check = checked(outside)
    assert check.verdict == "fail"
    assert any("outside of a layer" in cause.name for cause in check.causes[:2]), str(check)


def test_a_network_that_does_not_train_fails():
    check = checked(replace(RIGHT["sgd"], update=clipped_to_nothing))
    assert check.verdict == "fail"
    assert check.causes[0].name == "nothing was trained"


def test_weight_decay_that_depends_on_the_width_fails_though_no_layer_does():
    check = checked(replace(RIGHT["adam"], optimizer=constant_decay))
    assert check.verdict == "fail"
    assert "weight decay acts differently" in check.causes[0].name
    assert "fail" not in set(check.exponents["verdict"])
    assert "a setting is wrong" in str(check)


def test_a_schedule_that_multiplies_rates_is_right():
    def warm(trial: Trial, width: int):
        schedule = torch.optim.lr_scheduler.LambdaLR(trial.optimizer, lambda step: (step + 1) / 8)

        def update():
            trial.train()
            schedule.step()

        return update

    check = checked(replace(RIGHT["adam"], update=warm, rate=0.1))
    assert check.verdict == "pass", str(check)
    assert not any("schedule" in note for note in check.notes)
