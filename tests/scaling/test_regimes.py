"""The catalog, row by row."""

import json
import pickle

import numpy as np
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
from tests.scaling.small_runs import BASE, losses, network, update

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


def test_whole_numbers_of_numpy_are_sizes():
    assert {type(number) for number in vars(Size(*np.array([64, 2]))).values()} == {int}
    for wrong in (64.0, True, "64"):
        with pytest.raises(TypeError, match="whole numbers"):
            Size(wrong, 2)


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
