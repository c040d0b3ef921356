"""Learning rates that hold their ratios under optimizers and schedules."""

import pytest
import torch

from spectra.models import ResidualMLP
from spectra.scaling import CATALOG, Size, check_rates, parameter_groups, regime

BASE, SIZE = Size(16, 2), Size(64, 8)


def model():
    return ResidualMLP(64, depth=8, bias=True, readout_bias=True).build(8, 3)


def groups(name="completep", optimizer="adam", **options):
    options = {"decay": 0.0} | options
    return parameter_groups(model(), regime(name, optimizer=optimizer, base=BASE), SIZE, **({"rate": 0.1} | options))


def test_groups_name_their_roles_and_hold_every_parameter_once():
    found = groups()
    assert {group["role"] for group in found} == {"input", "hidden", "output", "vector", "fixed"}
    assert [name for group in found for name in group["names"]] != []
    assert sorted(name for group in found for name in group["names"]) == sorted(dict(model().named_parameters()))
    assert sum(len(group["params"]) for group in found) == len(list(model().parameters()))


def test_rates_are_those_of_the_table():
    rates = {group["role"]: group["lr"] for group in groups("mup", "sgd")}
    assert rates == pytest.approx({"input": 0.4, "hidden": 0.1, "output": 0.4, "vector": 0.4, "fixed": 0.1})
    adam = {(group["role"], group["in_branch"]): group for group in groups("mup", "adamw", decay=0.01)}
    assert adam["hidden", True]["lr"] == pytest.approx(0.025)
    assert adam["hidden", True]["weight_decay"] == pytest.approx(0.04)
    assert adam["hidden", True]["eps"] == pytest.approx(2.5e-9)
    for role in ("input", "output", "fixed"):  # the rate of embeddings stays, as under no global rate
        assert adam[role, False]["lr"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("family", "make"),
    [
        ("sgd", torch.optim.SGD),
        ("sgd", lambda groups, lr: torch.optim.SGD(groups, lr=lr, momentum=0.9, nesterov=True)),
        ("adam", torch.optim.Adam),
        ("adam", torch.optim.AdamW),
        ("adam", torch.optim.NAdam),
        ("adam", torch.optim.RAdam),
        ("adam", torch.optim.RMSprop),
    ],
)
def test_any_optimizer_of_the_family_takes_the_groups(family, make):
    network = model()
    regime_ = regime("mup", optimizer=family, base=BASE)
    optimizer = make(parameter_groups(network, regime_, SIZE, rate=0.01, decay=0.0), lr=1.0)
    network(torch.ones(2, 8)).sum().backward()
    before = [group["lr"] for group in optimizer.param_groups]
    optimizer.step()
    assert [group["lr"] for group in optimizer.param_groups] == before
    check_rates(optimizer)


def optimizer_of(name: str) -> torch.optim.Optimizer:
    network = model()
    optimizer = torch.optim.AdamW(
        parameter_groups(network, regime(name, optimizer="adam", base=BASE), SIZE, rate=0.01, decay=0.0)
    )
    network(torch.ones(2, 8)).sum().backward()
    return optimizer


SCHEDULES = {
    "LambdaLR": lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda step: 1 / (1 + step)),
    "cosine": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 10),
    "warm-up": lambda o: torch.optim.lr_scheduler.LinearLR(o, 0.1, total_iters=5),
    "OneCycle": lambda o: torch.optim.lr_scheduler.OneCycleLR(o, [g["lr"] for g in o.param_groups], total_steps=10),
}


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("name", CATALOG)
def test_schedules_keep_the_ratios(name, schedule):
    optimizer = optimizer_of(name)
    scheduler = SCHEDULES[schedule](optimizer)
    for _ in range(6):
        optimizer.step()
        scheduler.step()
        check_rates(optimizer)


def test_a_schedule_that_sets_rates_absolutely_is_noticed():
    optimizer = optimizer_of("mup")
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=10)
    optimizer.step()
    scheduler.step()
    with pytest.raises(ValueError, match="likely a schedule, set them absolutely"):
        check_rates(optimizer)


@pytest.mark.parametrize(("family", "kind"), [("sgd", torch.optim.AdamW), ("adam", torch.optim.SGD)])
def test_groups_of_another_family_are_noticed(family, kind):
    optimizer = kind(groups("mup", family))
    with pytest.raises(ValueError, match=rf"a regime for {family}, and the optimizer is {kind.__name__}; build"):
        check_rates(optimizer)


def test_rates_without_ratios_cannot_be_checked():
    with pytest.raises(ValueError, match="without a relative_rate"):
        check_rates(torch.optim.SGD(model().parameters(), lr=0.1))


@pytest.mark.parametrize("name", CATALOG)
def test_momentum_is_left_alone(name):
    assert not any("momentum" in group or "betas" in group for group in [*groups(name), *groups(name, "sgd")])


def test_the_bias_of_a_readout_does_not_inherit_the_rate_of_vectors():
    rates = {name: group["relative_rate"] for group in groups("mup", "sgd") for name in group["names"]}
    assert rates["readout.bias"] == 1.0
    assert rates["embed.bias"] == 4.0


def test_frozen_parameters_are_left_out():
    network = model()
    network.embed.requires_grad_(False)
    found = parameter_groups(network, regime("mup", base=BASE), SIZE, rate=0.1, decay=0.0)
    assert not any(name.startswith("embed") for group in found for name in group["names"])


def test_a_checkpoint_brings_the_ratios_back():
    optimizer = optimizer_of("mup")
    optimizer.step()
    fresh = optimizer_of("mup")
    fresh.load_state_dict(optimizer.state_dict())
    check_rates(fresh)


@pytest.mark.parametrize(
    ("name", "value"), [("rate", -1.0), ("rate", float("nan")), ("decay", -1.0), ("epsilon", -1.0)]
)
def test_numbers_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=f"{name} of {value}"):
        groups(**({"rate": 0.1} | {name: value}))
