"""Networks as users write them: what must not be held against them, and what must."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from spectra import Size, parameter_groups, parameterize, regime, roles
from spectra.checks import Plan, Trial, check_trials
from spectra.scaling import optimizer_family

WIDTHS, BASE = (16, 32, 64, 128), Size(16, 1)
INPUTS = torch.randn(24, 8, generator=torch.Generator().manual_seed(5))


class Attender(nn.Module):
    """Attention with heads of eight dimensions each, however wide it is."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.embed, self.qkv = nn.Embedding(12, size.width), nn.Linear(size.width, 3 * size.width, bias=False)
        self.readout = nn.Linear(size.width, 12, bias=False)

    def forward(self, tokens):
        stream = self.embed(tokens)
        parts = (part.unflatten(-1, (-1, 8)).transpose(1, 2) for part in self.qkv(stream).chunk(3, -1))
        mixed = functional.scaled_dot_product_attention(*parts).transpose(1, 2).flatten(2)
        return self.readout(stream + mixed)


def language(module):
    tokens = torch.randint(12, (32, 6), generator=torch.Generator().manual_seed(7))
    return functional.cross_entropy(module(tokens).flatten(0, 1), tokens[:, :1].expand(-1, 6).flatten())


class Stack(nn.Module):
    """A stream to which a list of branches is added outside of them."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.embed, self.readout = nn.Linear(8, size.width), nn.Linear(size.width, 8)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Linear(size.width, size.width), nn.Tanh(), nn.Linear(size.width, size.width, bias=False))
            for _ in range(size.depth)
        )

    def forward(self, inputs):
        stream = self.embed(inputs)
        for block in self.blocks:
            stream = stream + block(stream)
        return self.readout(stream)


def regression(module):
    return (module(INPUTS) - INPUTS.flip(1)).square().mean()


def trials(build, chosen, loss, *, scale="width", change=None, branches=()):
    """A set-up by inferred roles; `change` may spoil the groups."""
    large = Size(32, 1) if scale == "width" else Size(32, 2)
    table = roles(build, BASE, large, branches=branches)

    def set_up(number, seed):
        size = Size(number, 1) if scale == "width" else Size(16, number)
        module = build(size)
        parameterize(module, chosen, size, torch.Generator().manual_seed(seed), roles=table)
        groups = parameter_groups(module, chosen, size, rate=0.01, decay=0.0, epsilon=1e-12, roles=table)
        for group in groups if change is not None else ():
            change(group, number / 16)
        return Trial(module, torch.optim.AdamW(groups), loss)

    return set_up


def adam(name: str):
    return regime(name, optimizer="adam", base=BASE, richness=1.0)


def test_where_heads_multiply_their_dimension_stays_and_so_do_their_logits():
    check = check_trials(trials(Attender, adam("mup"), language), "mup", WIDTHS, plan=Plan(steps=3))
    logits = check.exponents[check.exponents["place"] == "attention"].set_index("quantity")
    assert logits.loc["size", "predicted"] == 0
    assert logits.loc["size", "verdict"] == "pass", str(check)
    assert check.verdict != "fail", str(check)


def test_branches_with_a_factor_of_ours_are_not_taken_for_the_stream():
    set_up = trials(Stack, adam("completep"), regression, scale="depth", branches=["blocks.*"])
    check = check_trials(set_up, "completep", (1, 2, 4, 8), plan=Plan(scale="depth", steps=3, seeds=range(4)))
    assert set(check.exponents[check.exponents["layer"].isin(["blocks.middle", "blocks.last"])]["verdict"]) == {
        "not judged"
    }
    assert check.verdict != "fail", str(check)


def faster_output_bias(group, ratio):
    group["lr"] *= ratio if group["role"] == "fixed" else 1


def test_a_setting_that_is_wrong_fails_though_the_first_updates_do_not_show_it():
    set_up = trials(Stack, adam("mup"), regression, change=faster_output_bias)
    check = check_trials(set_up, "mup", WIDTHS, plan=Plan(steps=3))
    assert check.verdict == "fail"
    assert "learning rate of an output bias" in check.causes[0].name


def test_an_unstable_regime_is_said_to_be_one():
    check = check_trials(
        trials(Stack, adam("mup"), regression, scale="depth", branches=["blocks.*"]),
        "mup",
        (1, 2, 4, 8),
        plan=Plan(scale="depth", steps=2, seeds=range(4)),
    )
    assert check.verdict != "fail"
    assert any("not stable across depth" in note for note in check.notes)


def test_a_regime_for_another_optimizer_is_refused():
    sgd = regime("mup", base=BASE)
    with pytest.raises(
        ValueError, match=r'is that for sgd, and the trials have AdamW; build it with .*optimizer="adam"'
    ):
        check_trials(trials(Stack, adam("mup"), regression), sgd, WIDTHS[:2], plan=Plan(steps=1, seeds=(0, 1)))
    assert optimizer_family("adamw") == adam("mup").optimizer
