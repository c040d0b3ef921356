"""The catalog, row by row."""

import json
import pickle

import pytest
import torch
from torch.testing import assert_close

from spectra.scaling import (
    CATALOG,
    Power,
    Regime,
    Role,
    Rule,
    Size,
    regime,
    regime_document,
    regime_latex,
    regime_rows,
    scaled_parameters,
)
from tests.scaling.small_runs import BASE, DATA, losses, network, update

WITH_A_BASE = [name for name in CATALOG if name != "ntk"]
OPTIMIZERS = ["sgd", "adam"]


@pytest.mark.parametrize("richness", [None, 1.0])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", WITH_A_BASE)
def test_at_the_base_size_every_regime_is_the_same_training(name, optimizer, richness):
    options = {"optimizer": optimizer, "base": BASE, "richness": richness}
    ours, theirs = (
        losses(regime(each, **options), BASE, rate=0.01, decay=0.01, epsilon=1e-4) for each in (name, "mup")
    )
    assert_close(ours, theirs, rtol=0, atol=1e-13)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_at_the_base_size_plain_ntk_starts_as_the_same_network(optimizer):
    starts = [losses(regime(name, optimizer=optimizer, base=BASE), BASE, 1) for name in ("ntk", "mup")]
    assert_close(*starts, rtol=0, atol=0)


# Rows of the papers' tables as (multiplier * init, rate * multiplier^2 or rate * multiplier) in powers of the width:
# what no shift changes, so that a table in any writing can be held against them.
TABLES = {
    ("standard", "sgd"): {"input": (0, 0), "hidden": (-0.5, 0), "output": (-0.5, 0), "vector": (0, 0)},
    ("ntk", "sgd"): {"input": (0, 0), "hidden": (-0.5, -1), "output": (-0.5, -1), "vector": (0, 0)},
    ("mup", "sgd"): {"input": (0, 1), "hidden": (-0.5, 0), "output": (-1, -1), "vector": (0, 1)},
    ("standard", "adam"): {"input": (0, 0), "hidden": (-0.5, 0), "output": (-0.5, 0), "vector": (0, 0)},
    ("ntk", "adam"): {"input": (0, 0), "hidden": (-0.5, -1), "output": (-0.5, -1), "vector": (0, 0)},
    ("mup", "adam"): {"input": (0, 0), "hidden": (-0.5, -1), "output": (-1, -1), "vector": (0, 0)},
}
SAME_TABLE = {"ntk_matched": "ntk", "mean_field": "mup", "spectral": "mup", "depth_mup": "mup", "completep": "mup"}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", CATALOG)
def test_rows_are_those_of_the_papers(name, optimizer):
    table = TABLES[SAME_TABLE.get(name, name), optimizer]
    plain = regime(name, optimizer=optimizer, base=BASE)
    order = 2 if optimizer == "sgd" else 1
    for role, expected in table.items():
        rule = plain.rules[Role(role)]
        effective = (rule.multiplier * rule.init).width, (rule.rate * rule.multiplier**order).width
        assert effective == expected, role
    assert plain.rules[Role.FIXED] == Rule()


@pytest.mark.parametrize(
    ("optimizer", "alpha", "rate", "epsilon"),
    [("sgd", 0.5, 0, 0), ("sgd", 0.75, 0.5, 0), ("sgd", 1, 1, 0), ("adam", 0.5, -0.5, -0.5), ("adam", 1, 0, -1)],
)
def test_branches_scale_with_the_depth_exponent(optimizer, alpha, rate, epsilon):
    branch = regime("mup", optimizer=optimizer, base=BASE, depth_exponent=alpha).branch
    assert (branch.multiplier.depth, branch.rate.depth, branch.epsilon.depth) == (-alpha, rate, epsilon)
    assert (branch.rate.depth + branch.decay.depth == 0) == (optimizer == "sgd" or alpha == 1)


def test_the_named_depth_regimes_have_their_exponents():
    for name, alpha in (("depth_mup", 0.5), ("completep", 1.0)):
        for optimizer in OPTIMIZERS:
            named = regime(name, optimizer=optimizer, base=BASE)
            assert named.branch == regime("mup", optimizer=optimizer, base=BASE, depth_exponent=alpha).branch


@pytest.mark.parametrize("name", CATALOG)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_rate_times_decay_does_not_depend_on_the_width(name, optimizer):
    wide = Size(256, 2)
    plain = regime(name, optimizer=optimizer, base=BASE, richness=2.0)
    model, _ = network(plain, wide)
    products = {scaled.rate * scaled.decay for scaled in scaled_parameters(model, plain, wide).values()}
    assert products == {1.0} or pytest.approx(1.0) == max(products) == min(products)


@pytest.mark.parametrize("name", ["mup", "mean_field", "spectral", "ntk_matched"])
def test_a_large_epsilon_scales_with_the_gradient(name):
    """If epsilon dominates the second moments, Adam's updates shrink by gradient / epsilon, alike at every width."""
    changes = [_relative_change(name, width) for width in (64, 1024)]
    for small, large in zip(*changes, strict=True):
        assert large / small == pytest.approx(1.0, abs=0.35)  # unscaled it would be 16 or 4


def _relative_change(name: str, width: int) -> list[float]:
    """Change of every weight matrix in one update with a huge epsilon, over that with none."""
    plain, size = regime(name, optimizer="adam", base=Size(64, 2)), Size(width, 2)
    changes = []
    for epsilon in (1.0, 1e-30):
        model, optimizer = network(plain, size, rate=1e-3, epsilon=epsilon)
        before = [layer.detach().clone() for layer in model.parameters()]
        update(model, optimizer)
        pairs = zip(model.named_parameters(), before, strict=True)
        changes.append([float((new.detach() - old).norm()) for (path, new), old in pairs if path.endswith("weight")])
    return [large / small for large, small in zip(*changes, strict=True)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("richness", [0.25, 2.0])
def test_richness_divides_the_readout_and_keeps_the_change_of_the_output(richness, optimizer):
    """f = network / gamma, and the first small update changes the loss alike, up to what a larger f changes.

    With rates left as they are, it would change it by gamma_0^-2 (SGD) or gamma_0^-1 (Adam).
    """
    changes = []
    for each in (1.0, richness):
        plain = regime("mup", optimizer=optimizer, base=BASE, richness=each)
        assert plain.rules[Role.OUTPUT].multiplier.factor == pytest.approx(1 / (each * 4))
        trace = losses(plain, BASE, 2, rate=1e-5)
        changes.append(float(trace[1] - trace[0]))
    assert 0.5 < changes[1] / changes[0] < 2


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("richness", [0.25, 4.0])
def test_from_a_zero_readout_the_first_change_of_the_output_does_not_depend_on_the_richness(richness, optimizer):
    changes = []
    for each in (1.0, richness):
        plain = regime("mup", optimizer=optimizer, base=BASE, richness=each)
        model, steps = network(plain, BASE, rate=1e-3, epsilon=1e-9)
        torch.nn.init.zeros_(model.readout.weight)
        update(model, steps)
        changes.append(model(DATA[0]).detach())
    assert_close(changes[1], changes[0], rtol=1e-9, atol=0)


def test_a_power_is_evaluated_at_the_ratios():
    assert Power(-1 / 2, 2, 3.0).at(Size(64, 6), Size(16, 3)) == pytest.approx(3 / 2 * 4)
    assert Power(1, 2, 3.0) * Power(-1, 1, 2.0) / 3 == Power(0, 3, 2.0)
    assert Power(1, 2, 3.0) ** -1 == Power(-1, -2, 1 / 3)


@pytest.mark.parametrize(
    ("power", "text"),
    [(Power(), "1"), (Power(-1 / 2), "m^-1/2"), (Power(1, -2, 0.25), "0.25 m l^-2"), (Power(factor=2), "2")],
)
def test_a_power_prints_as_in_a_paper(power, text):
    assert str(power) == text


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", CATALOG)
def test_every_row_has_a_source_and_both_writings_hold_every_row(name, optimizer):
    plain = regime(name, optimizer=optimizer, base=BASE)
    rows = regime_rows(plain)
    assert [row.name for row in rows] == ["input", "hidden", "output", "vector", "fixed", "branch", "attention"]
    assert all(row.source for row in rows)
    document = json.loads(json.dumps(regime_document(plain, Size(64, 4))))
    assert document["rows"][1]["variance"]["value"] == pytest.approx(
        plain.rules[Role.HIDDEN].init.at(Size(64, 4), BASE) ** 2
    )
    assert ("epsilon" in document["rows"][0]) == (optimizer == "adam")
    latex = regime_latex(plain)
    assert latex.count(r"\\") == 8
    assert all(
        line.count("&") == latex.splitlines()[3].count("&") for line in latex.splitlines() if line.endswith(r"\\")
    )


def test_regimes_can_be_pickled():
    plain = regime("completep", optimizer="adam", base=BASE)
    assert pickle.loads(pickle.dumps(plain)) == plain


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: regime("mub", base=BASE), "known are mup, ntk_matched, ntk, standard, mean_field, spectral"),
        (lambda: regime("mup", base=BASE, optimizer="muon"), 'known are sgd, adam, adamw.*pass "adam"'),
        (lambda: regime("mup", base=BASE, depth_exponent=0.3), "between 1/2"),
        (lambda: regime("completep", base=BASE, depth_exponent=0.5), "pass one of the two"),
        (lambda: regime("mup", base=Size(0, 1)), "must be 1 or more"),
        (lambda: regime("mup", base=Size(64, 2)).check(Size(32, 2)), "base width 64 is larger .* width 32"),
        (lambda: regime("mup", base=Size(64, 2)).check(Size(64, 1)), "base depth 2 is larger .* depth 1"),
        (lambda: Regime("mine", "mine", "sgd", {}, Rule(), Rule(), BASE), "no rule for the roles"),
    ],
)
def test_bad_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_default_generator_is_left_alone():
    state = torch.get_rng_state()
    network(regime("mup", base=BASE), BASE)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("richness", [0.0, -1.0, 1e-320, 1e200, float("nan"), float("inf")])
def test_a_richness_whose_powers_are_no_numbers_is_refused(richness):
    with pytest.raises(ValueError, match=r"must be positive .* and between 1e-100 and 1e"):
        regime("mup", optimizer="sgd", base=Size(8, 2), richness=richness)
