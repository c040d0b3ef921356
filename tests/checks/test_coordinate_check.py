"""The check as a person calls it."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch
from torch import nn

from spectra.checks import Plan, Trial, check_trials, coordinate_check
from spectra.models import GPT, MLP, ResidualMLP, Shallow, VisionTransformer
from spectra.scaling import Size, parameter_groups, parameterize, regime
from spectra.scaling.roles import roles
from spectra.training.optimizers import Adam
from tests.checks.handmade import SGD, WIDTHS, Handmade, Perceptron, sgd

FIVE = Plan(steps=5, seeds=range(5))
QUICK = Plan(steps=3, seeds=range(5))


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("name", ["mup", "ntk_matched"])
def test_our_networks_follow_their_regimes_across_widths(name, optimizer):
    check = coordinate_check(
        ResidualMLP(64, depth=1, activation="tanh"), name, (64, 128, 256, 512), optimizer=optimizer, plan=FIVE
    )
    assert check.verdict == "pass", str(check)


@pytest.mark.parametrize("name", ["depth_mup", "completep"])
def test_our_networks_follow_their_regimes_across_depths(name):
    model = ResidualMLP(32, activation="tanh")
    check = coordinate_check(
        model, name, (4, 8, 16), optimizer="adam", plan=Plan(scale="depth", steps=3, seeds=range(4))
    )
    assert check.verdict == "pass", str(check)
    assert "blocks.middle" in str(check)


def users_own(name, *, options=None):
    """A network of plain torch, under our parameterization by inferred roles."""

    def build(size):
        return Perceptron(size.width, 1.0)

    table = roles(build, Size(32, 1), Size(64, 1))
    chosen = regime(name, optimizer="adam", base=Size(32, 1), richness=1.0)

    def set_up(width, seed):
        size = Size(width, 1)
        module = build(size)
        parameterize(module, chosen, size, torch.Generator().manual_seed(seed), roles=table)
        groups = parameter_groups(module, chosen, size, rate=0.03, decay=0.0, epsilon=1e-12, roles=table)
        return Trial(module, torch.optim.Adam(groups), module.loss, **(options or {}))

    return set_up


def test_a_users_own_network_passes_under_our_parameterization():
    check = check_trials(users_own("mup"), "mup", WIDTHS, plan=QUICK)
    assert check.verdict == "pass", str(check)
    assert check.regime.optimizer == "adam"


def test_it_fails_against_another_regime():
    assert check_trials(users_own("standard"), "mup", WIDTHS, plan=QUICK).verdict == "fail"
    assert check_trials(users_own("standard"), "standard", WIDTHS, plan=QUICK).verdict == "pass"


def test_changes_can_be_judged_at_every_step():
    check = coordinate_check(
        MLP(32, depth=1), "mup", np.array([32, 64]), plan=Plan(steps=2, seeds=(1, 2), every_step=True)
    )
    assert sorted(check.exponents["step"].unique()) == [0, 1, 2]
    assert "change 1" in str(check)


def test_the_check_repeats_bit_by_bit_and_leaves_the_random_numbers_alone():
    state = torch.get_rng_state()
    first, second = (coordinate_check(MLP(16, depth=1), "mup", (16, 32), plan=QUICK) for _ in range(2))
    assert first.table.equals(second.table)
    assert torch.equal(torch.get_rng_state(), state)
    with pytest.raises(FrozenInstanceError):
        first.verdict = "pass"


def test_a_zero_readout_is_said_to_be_no_evidence():
    check = coordinate_check(
        MLP(64, depth=1, zero_readout=True), "mup", (64, 128, 256), plan=Plan(steps=1, seeds=(1, 2, 3))
    )
    assert "no evidence about its initial scale" in str(check)
    assert "embed and blocks.0.layer_1" in str(check) or "embed, blocks.0.layer_1" in str(check)


def test_a_diverged_network_counts_as_growth():
    wild = Handmade(Perceptron, {**SGD, "output": 200.0}, sgd, 1.0)
    check = check_trials(wild, "mup", WIDTHS, plan=QUICK)
    assert check.verdict == "fail"
    assert "diverged at size 128, 256 in 5 of 5 seeds; this counts as growth" in str(check)


def test_a_rate_at_which_every_size_diverges_is_named():
    check = check_trials(Handmade(Perceptron, SGD, sgd, 1e90), "mup", WIDTHS, plan=QUICK)
    assert check.verdict == "fail"
    assert "too large for every size" in check.causes[0].name


def test_too_few_seeds_are_said_to_be_too_few():
    check = coordinate_check(
        GPT(8, depth=2, heads=2), "mup", (8, 16, 32), optimizer="adam", plan=Plan(steps=2, seeds=(1, 2))
    )
    assert check.verdict != "pass"
    assert "With 2 seeds" in str(check)


def linear(width, seed):
    module = nn.Sequential(nn.Linear(4, width), nn.Linear(width, 3))
    return Trial(
        module, torch.optim.SGD(module.parameters(), lr=0.1), lambda net: net(torch.ones(2, 4)).square().mean()
    )


def with_seed(width, seed):
    torch.manual_seed(0)
    return linear(width, seed)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: coordinate_check(MLP(8), "mup", (8,)), "needs two or more different ones"),
        (lambda: coordinate_check(MLP(8), "mub", (8, 16)), "no regime 'mub'"),
        (lambda: coordinate_check(MLP(8), "mup", (8, 16), optimizer="lion"), "known are sgd, adam, adamw"),
        (lambda: coordinate_check(GPT(8), "mup", (8, 10)), "cannot be cut into 4 heads"),
        (lambda: coordinate_check(VisionTransformer(8, patch=3), "mup", (8, 16)), "patches of 3 x 3 do not divide"),
        (lambda: coordinate_check(Shallow(8), "mup", (2, 4), plan=Plan(scale="depth")), "shallow has no depth"),
        (
            lambda: check_trials(lambda width, seed: linear(8, seed), "mup", (8, 16)),
            "same network for the widths 8 and 16",
        ),
        (lambda: check_trials(with_seed, "mup", (8, 16)), "seeds gave the same network of width 8"),
        (lambda: Plan(seeds=(1, 1)), "two or more different"),
        (lambda: Plan(seeds=(1,)), "two or more different"),
        (lambda: Plan(scale="heads"), "'width' or 'depth'"),
        (lambda: Plan(steps=0), "one or more"),
        (lambda: Plan(tolerance=0.0), "positive"),
        (lambda: Plan(level=1.0), "between 0 and 1"),
    ],
)
def test_bad_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: check_trials(lambda width, seed: nn.Linear(width, 2), "mup", (8, 16)), "must return Trial"),
        (lambda: check_trials(nn.Linear(8, 2), "mup", (8, 16)), r"pass a function of \(size, seed\)"),
        (lambda: check_trials(MLP(8), "mup", (8, 16)), "a MLP was given as the set-up"),
        (lambda: coordinate_check(nn.Linear(8, 2), "mup", (8, 16)), "a Linear was given as the model; pass a spec"),
        (lambda: coordinate_check(MLP, "mup", (8, 16)), "a type was given as the model; pass a spec"),
        (lambda: coordinate_check(MLP(8), "mup", 16), "sizes: 16 was given; pass two or more in a list"),
        (lambda: Plan(seeds=5), r"pass the seeds themselves, such as range\(8\)"),
    ],
)
def test_arguments_of_another_kind_are_refused(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_an_optimizer_of_unknown_family_is_asked_for():
    def set_up(width, seed):
        trial = linear(width, seed)
        return Trial(trial.module, torch.optim.Rprop(trial.module.parameters()), trial.loss)

    with pytest.raises(ValueError, match="how the updates of Rprop scale"):
        check_trials(set_up, "mup", (8, 16), plan=QUICK)
    assert check_trials(set_up, "mup", (8, 16), optimizer="adam", plan=QUICK).regime.optimizer == "adam"


def test_an_optimizer_with_its_own_rate_is_used_as_it_is():
    check = coordinate_check(MLP(8), "mup", (8, 16), optimizer=Adam(rate=0.125), plan=QUICK)
    rates = check.parameters[check.parameters["quantity"] == "rate"]["value"]
    assert rates.max() == 0.125
