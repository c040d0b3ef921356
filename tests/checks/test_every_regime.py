"""Every regime, optimizer and scale: what is predicted is measured."""

import pytest

from spectra.checks import Plan, check_trials, coordinate_check
from spectra.checks.batches import random_batch
from spectra.checks.model_trials import model_trials, named_regime, tuned_optimizer
from spectra.models import GPT, MLP, ConvResNet, ResidualMLP, VisionTransformer
from spectra.scaling import CATALOG, Size

WIDTHS, DEPTHS = (64, 128, 256, 512), (4, 8, 16, 32)
OPTIMIZERS = ("sgd", "adam", "adamw")


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", CATALOG)
def test_across_widths(name, optimizer):
    model = ResidualMLP(64, depth=2, activation="tanh")
    check = coordinate_check(model, name, WIDTHS, optimizer=optimizer)
    assert check.verdict == "pass", str(check)


@pytest.mark.slow
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", CATALOG)
def test_across_depths(name, optimizer, layers):
    model = ResidualMLP(64, activation="tanh", layers_per_block=layers)
    check = coordinate_check(model, name, DEPTHS, optimizer=optimizer, plan=Plan(scale="depth"))
    assert check.verdict == "pass", str(check)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "widths", "optimizer"),
    [
        (MLP(64, depth=2, activation="tanh", bias=True, readout_bias=True), WIDTHS, "sgd"),
        (MLP(64, depth=2, activation="tanh", bias=True, readout_bias=True), WIDTHS, "adam"),
        (ResidualMLP(64, depth=2, norm="layer", bias=True), WIDTHS, "adam"),
        (ConvResNet(16, depth=3, norm="layer"), (16, 32, 64), "adam"),
        (VisionTransformer(32, depth=2, bias=True), (32, 64, 128, 256), "adam"),
        (GPT(32, depth=2, bias=True), (32, 64, 128, 256), "adam"),
        (GPT(32, depth=2, tied=True), (32, 64, 128, 256), "adam"),
    ],
)
def test_every_architecture_under_mup(model, widths, optimizer):
    # Attention logits scatter most: eight seeds leave those of a GPT open, and the check then asks for about fifteen.
    plan = Plan(seeds=range(16 if isinstance(model, GPT) else 8))
    check = coordinate_check(model, "mup", widths, optimizer=optimizer, plan=plan)
    assert check.verdict == "pass", str(check)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("name", ["mup", "ntk_matched", "standard"])
def test_held_against_mup_only_mup_passes(name, optimizer):
    model, plan = ResidualMLP(64, depth=2, activation="tanh"), Plan()
    chosen, data = named_regime(name, optimizer, Size(64, 2), plan), random_batch(model)
    spec = tuned_optimizer(optimizer, model, chosen, data, plan)
    check = check_trials(model_trials(model, chosen, spec, data, plan), "mup", WIDTHS, plan=plan)
    assert check.verdict == ("pass" if name == "mup" else "fail"), str(check)
